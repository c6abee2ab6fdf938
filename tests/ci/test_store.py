"""Bundles in the state bucket, against an emulated S3."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.bundle import on_disk, store
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.bundle.store import Stored
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment
from orchestrator.system import paths

ONE, OTHER = "1" * 40, "2" * 40


@pytest.fixture
def aws(emulated_aws: str, request: pytest.FixtureRequest) -> Aws:
    """An account of its own for each test."""
    account = f"{abs(hash(request.node.name)) % 10**12:012d}"
    environment = Environment("staging", account, "us-east-1", "X86_64", paths.ENVIRONMENTS / "staging.tfvars")
    made = Aws(environment, emulated_aws, {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"})
    state.ensure_bucket(made)
    return made


def written(folder: Path, text: str = "{}") -> Bundle:
    """A bundle with a plan in it."""
    plan = folder.with_suffix(".tfplan")
    plan.write_text("the state in clear")
    texts = ("staging", "111111111111", "us-east-1", ONE, "2026-01-01T00:00:00Z", "me", "1.11.4")
    facts = Bundle(*texts, {}, {}, StateId("a", 1), {}, has_changes=True, stops=False)
    return on_disk.write(folder, facts, plan, dict.fromkeys(on_disk.RENDERINGS, text))


def test_a_bundle_comes_back_as_it_was(aws: Aws, tmp_path: Path) -> None:
    made = written(tmp_path / "a")
    store.put(aws, made, ONE)
    found = store.newest(aws, ONE)
    assert (found.commit, found.sha256) == (ONE, made.sha256)
    back = store.fetch(aws, found, tmp_path / "b")
    assert back.sha256 == made.sha256
    assert back.file(on_disk.PLAN).read_text() == "the state in clear"
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in (tmp_path / "b").iterdir())


def test_a_bundle_of_another_commit_is_not_taken(aws: Aws, tmp_path: Path) -> None:
    store.put(aws, written(tmp_path / "a"), ONE)
    with pytest.raises(Failure) as error:
        store.newest(aws, OTHER)
    assert f"--commit {OTHER}" in error.value.next_step


def test_a_bundle_that_is_not_whole_yet_is_not_found(aws: Aws, tmp_path: Path) -> None:
    made = written(tmp_path / "a")
    prefix = store.put(aws, made, ONE)
    aws.client("s3").delete_object(Bucket=aws.environment.state_bucket, Key=f"{prefix}{on_disk.DESCRIPTION}")
    assert store.of_commit(aws, ONE) == []


def test_a_bundle_that_was_changed_in_the_bucket_is_refused(aws: Aws, tmp_path: Path) -> None:
    made = written(tmp_path / "a")
    prefix = store.put(aws, made, ONE)
    aws.client("s3").put_object(Bucket=aws.environment.state_bucket, Key=f"{prefix}{on_disk.PLAN}", Body=b"forged")
    with pytest.raises(Refused) as error:
        store.fetch(aws, store.newest(aws, ONE), tmp_path / "b")
    assert error.value.kind == "tampered"


def test_a_description_that_was_changed_in_the_bucket_is_refused(aws: Aws, tmp_path: Path) -> None:
    prefix = store.put(aws, written(tmp_path / "a"), ONE)
    other = written(tmp_path / "b", text="forged")
    body = other.file(on_disk.DESCRIPTION).read_bytes()
    aws.client("s3").put_object(Bucket=aws.environment.state_bucket, Key=f"{prefix}{on_disk.DESCRIPTION}", Body=body)
    with pytest.raises(Refused) as error:
        store.fetch(aws, store.newest(aws, ONE), tmp_path / "c")
    assert error.value.kind == "other-hash"


def test_of_what_is_removed_no_version_is_left(aws: Aws, tmp_path: Path) -> None:
    store.put(aws, written(tmp_path / "a"), ONE)
    store.put(aws, written(tmp_path / "a"), ONE)
    store.put(aws, written(tmp_path / "c"), OTHER)
    store.remove(aws, ONE)
    versions = aws.client("s3").list_object_versions(Bucket=aws.environment.state_bucket)
    left = [item["Key"] for kind in ("Versions", "DeleteMarkers") for item in versions.get(kind, [])]
    assert left and all(f"/{OTHER}/" in key for key in left)


def test_old_bundles_are_pruned(aws: Aws, tmp_path: Path) -> None:
    store.put(aws, written(tmp_path / "a"), ONE)
    assert store.prune(aws) == 0
    assert store.of_commit(aws, ONE)
    assert store.prune(aws, datetime.now(UTC) + timedelta(days=store.KEPT_DAYS + 1)) == 1
    assert store.of_commit(aws, ONE) == []


def test_neither_old_bundles_nor_too_many_are_kept() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    made = [Stored(ONE, str(age), now - timedelta(hours=age), "", ()) for age in range(store.KEPT + 5)]
    assert {item.sha256 for item in store.outdated(made, now)} == {str(store.KEPT + i) for i in range(5)}
    old = Stored(ONE, "old", now - timedelta(days=store.KEPT_DAYS, seconds=1), "", ())
    assert store.outdated([old, made[0]], now) == [old]


def test_what_somebody_else_puts_there_is_in_nobody_s_way(aws: Aws, tmp_path: Path) -> None:
    made = written(tmp_path / "a")
    prefix = store.put(aws, made, ONE)
    below = f"staging/bundles/{ONE}"
    for key in ("staging/bundles/bundle.json", f"{below}/bundle.json", f"{below}/a/b/bundle.json", f"{prefix}..",
                f"{prefix}huge"):  # fmt: skip
        aws.client("s3").put_object(Bucket=aws.environment.state_bucket, Key=key, Body=b"{}")
    (found,) = store.of_commit(aws, ONE)
    store.fetch(aws, found, tmp_path / "b")
    assert {file.name for file in (tmp_path / "b").iterdir()} == {on_disk.DESCRIPTION, *made.files}
    assert store.prune(aws, datetime.now(UTC) + timedelta(days=store.KEPT_DAYS + 1)) == 1
    store.remove(aws, ONE)
    assert store.of_commit(aws, ONE) == []


def test_the_newest_of_several_counts(aws: Aws, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a"), written(tmp_path / "b", text="[]")
    store.put(aws, first, ONE)
    time.sleep(1.1)  # S3 tells times to the second
    store.put(aws, second, ONE)
    assert [item.sha256 for item in store.of_commit(aws, ONE)] == [second.sha256, first.sha256]
