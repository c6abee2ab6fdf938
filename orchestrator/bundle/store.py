"""Bundles in the state bucket, where the stage that applies finds what another one planned.

A bundle is at `ENVIRONMENT/bundles/COMMIT/SHA256/`, encrypted as all of the bucket is. It holds state and variables in
clear, so it is in no report and in no artifact, and what is removed is removed with all its versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.bundle import on_disk as bundles
from orchestrator.bundle.on_disk import Bundle
from orchestrator.errors import Failure
from orchestrator.system import atomic

KEPT_DAYS = 30
KEPT = 200
_DELETED_AT_ONCE = 1000
_NAMES = frozenset((bundles.DESCRIPTION, bundles.PLAN, *bundles.RENDERINGS))


@dataclass(frozen=True)
class Stored:
    """A whole bundle in the bucket. `commit` is the planned one, `stored_at` when its last file was written."""

    commit: str
    sha256: str
    stored_at: datetime
    prefix: str
    keys: tuple[str, ...]


def _prefix(aws: Aws, commit: str = "") -> str:
    return f"{aws.environment.name}/bundles/" + (f"{commit}/" if commit else "")


def put(aws: Aws, bundle: Bundle, commit: str) -> str:
    """Keep the bundle for that commit and return its prefix in the bucket. It is found once it is whole."""
    prefix = f"{_prefix(aws, commit)}{bundle.sha256}/"
    client = aws.client("s3")
    # The description comes last: without it there is no bundle.
    for name in [*sorted(bundle.files), bundles.DESCRIPTION]:
        client.put_object(
            Bucket=aws.environment.state_bucket, Key=f"{prefix}{name}", Body=bundle.file(name).read_bytes()
        )
    return prefix


def of_commit(aws: Aws, commit: str) -> list[Stored]:
    """The bundles of that commit, newest first."""
    return sorted(_stored(aws, _prefix(aws, commit)), key=lambda item: item.stored_at, reverse=True)


def newest(aws: Aws, commit: str) -> Stored:
    """The newest bundle of that commit. Raises `Failure` if there is none."""
    found = of_commit(aws, commit)
    if found:
        return found[0]
    name = aws.environment.name
    raise Failure(
        f"there is no reviewed plan of {commit[:12]} for {name}",
        reason=f"Nothing is kept below s3://{aws.environment.state_bucket}/{_prefix(aws, commit)}: it was not planned, "
        f"the policy stopped it, it has been applied, or it is older than {KEPT_DAYS} days.",
        next_step=f"python3 orchestrate.py ci plan {name} --commit {commit}   (then review it, then apply)",
    )


def fetch(aws: Aws, stored: Stored, folder: Path) -> Bundle:
    """Copy the bundle to `folder`, which must not exist, readable by this user only. Raises `Refused`."""
    folder.mkdir(parents=True, mode=0o700)
    for key in stored.keys:
        data = aws.client("s3").get_object(Bucket=aws.environment.state_bucket, Key=key)["Body"].read()
        atomic.write(folder / PurePosixPath(key).name, data, mode=0o600)
    return bundles.read(folder, sha256=stored.sha256)


def remove(aws: Aws, commit: str) -> None:
    """Remove all bundles of that commit: one of them has been applied, and so none can be any more."""
    _delete(aws, _prefix(aws, commit))


def prune(aws: Aws, now: datetime | None = None) -> int:
    """Remove bundles that nobody applied: those older than `KEPT_DAYS`, and all but the newest `KEPT`. Their number."""
    old = outdated(list(_stored(aws, _prefix(aws))), now or datetime.now(UTC))
    for item in old:
        _delete(aws, item.prefix)
    return len(old)


def outdated(stored: list[Stored], now: datetime) -> list[Stored]:
    """Which of these bundles are not to be kept."""
    newest_first = sorted(stored, key=lambda item: item.stored_at, reverse=True)
    limit = now - timedelta(days=KEPT_DAYS)
    return [item for place, item in enumerate(newest_first) if place >= KEPT or item.stored_at < limit]


def _stored(aws: Aws, prefix: str) -> Iterator[Stored]:
    folders: dict[str, list[dict[str, Any]]] = {}
    pages = aws.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=aws.environment.state_bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            folders.setdefault(item["Key"].rpartition("/")[0] + "/", []).append(item)
    for folder, items in folders.items():
        place = folder.removeprefix(_prefix(aws)).strip("/").split("/")
        # Whoever plans may write here: what does not look like a bundle must not be in the way of those that do.
        items = [item for item in items if item["Key"].rpartition("/")[2] in _NAMES]
        described = [item for item in items if item["Key"] == folder + bundles.DESCRIPTION]
        if described and len(place) == 2:
            yield Stored(place[0], place[1], described[0]["LastModified"], folder, tuple(item["Key"] for item in items))


def _delete(aws: Aws, prefix: str) -> None:
    """Every version of every object: the bucket would keep what is merely deleted, and a plan holds the state."""
    client, bucket = aws.client("s3"), aws.environment.state_bucket
    versions: list[dict[str, str]] = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            versions.append({"Key": item["Key"], "VersionId": item["VersionId"]})
    for start in range(0, len(versions), _DELETED_AT_ONCE):
        some = versions[start : start + _DELETED_AT_ONCE]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise Failure(
                f"{first['Key']} could not be removed from the state bucket",
                reason=f"{first.get('Code', 'Error')}: {first.get('Message', '')}",
                next_step="use credentials that may delete its versions: it holds Terraform's state in clear",
            )
