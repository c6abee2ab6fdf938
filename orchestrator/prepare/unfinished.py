"""What an earlier run has left half made: Terraform marks it as tainted, and would replace it.

The AWS provider gives a resource its id before it has settled everything of it, so a run that is cut or refused there
leaves it tainted. What was never proven live holds nothing: it is kept and finished, or made again where that takes
nothing from anybody. What was live is guarded by the review, however it came to its mark.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.aws import stored
from orchestrator.aws.stored import Stored
from orchestrator.errors import Failure
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import manifest
from orchestrator.project.manifest import Service
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.review import kept
from orchestrator.review.model import Plan, Resource
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind

# What can be counted, and where a resource has its name.
_COUNTED = {
    "aws_dynamodb_table": ("table", "name"),
    "aws_s3_bucket": ("bucket", "bucket"),
    "aws_sqs_queue": ("queue", "name"),
}
# What AWS does not delete as long as it is set.
_PROTECTED = ("deletion_protection_enabled", "enable_deletion_protection")

WILL_BE_KEPT = "It was left unfinished by an earlier run and was never live: the apply keeps and finishes it."
MADE_AGAIN = "It was left unfinished by an earlier run and was never live: nothing is lost with it."


@dataclass(frozen=True)
class Unfinished:
    """Addresses of what is tainted and was never live, with what it is in words.

    `kept` is finished once its mark is gone, `again` is replaced as the plan says.
    """

    kept: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)

    @property
    def excuses(self) -> dict[str, str]:
        """Per address why its replacement stops nothing."""
        return {**dict.fromkeys(self.kept, WILL_BE_KEPT), **dict.fromkeys(self.again, MADE_AGAIN)}


def of(plan: Plan, prepared: Prepared) -> Unfinished:
    """What of the plan's tainted resources was never live; AWS is asked only if there is one."""
    found = list(kept.tainted(plan))
    if not found:
        return Unfinished()
    added = new_keys(prepared.services, prepared.last)
    aws = prepared.target.aws
    return judged(found, prepared.last is not None, added, lambda kind, name: stored.held(aws, kind, name))


def judged(
    found: Sequence[Resource], has_release: bool, added: Collection[str], held: Callable[[str, str], Stored]
) -> Unfinished:
    """Which of the tainted resources are kept, and which are made again; the others are left to the review.

    `added` are the keys of services and storage that the last release does not have, `held` asks what a table, bucket
    or queue holds. Decides only. Where that is not known nothing is replaced; keeping takes nothing from anybody.
    """
    keeps: dict[str, str] = {}
    again: dict[str, str] = {}
    for item in found:
        if has_release and not is_of(item.address, added):
            continue
        holder = holders.holder_of(item.type)
        holds_data = holder is not None and holder.kind is Kind.DATA
        forced = bool(item.replace_paths)
        if holds_data and (has_release or forced):
            number = content(item, held)
            if number or (number is None and forced):
                continue
        words = f"the {holder.noun if holder else item.type} {_name(item)}"
        (keeps if not forced and (holds_data or _is_protected(item)) else again)[item.address] = words
    return Unfinished(keeps, again)


def is_of(address: str, keys: Collection[str]) -> bool:
    """True if an address has one of the keys in it, as of a module or resource that is repeated by service."""
    return any(key in keys for key in re.findall(r'\["([^"]+)"\]', address))


def content(item: Resource, held: Callable[[str, str], Stored]) -> int | None:
    """How much a table, bucket or queue holds; None if that is not known, as of a table whose number is hours old."""
    kind, attribute = _COUNTED.get(item.type, ("", ""))
    name = (item.before or {}).get(attribute)
    found = held(kind, name) if isinstance(name, str) else None
    if found is None or found.unknown or (found.kind == "table" and found.about):
        return None
    return sum(found.counts.values())


def new_keys(services: Sequence[Service], last: Release | None) -> frozenset[str]:
    """The keys of services and of their storage that the last release does not have; none if it is not understood."""
    if last is None:
        return _keys(services)
    with tempfile.TemporaryDirectory() as folder, suppress(Failure):
        return _keys(services) - _keys(releases.restore_manifests(last, Path(folder) / "manifests"))
    return frozenset()


def _keys(services: Sequence[Service]) -> frozenset[str]:
    return frozenset((*(service.name for service in services), *manifest.for_terraform(services)["storage"]))


def _is_protected(item: Resource) -> bool:
    return any((item.before or {}).get(name) is True for name in _PROTECTED)


def _name(item: Resource) -> str:
    """What it is called in AWS."""
    before = item.before or {}
    return str(next((before[name] for name in ("name", "bucket", "id") if before.get(name)), item.address))


def kept_lines(found: Unfinished) -> Iterator[str]:
    """One line for each that has been kept."""
    for address, what in sorted(found.kept.items()):
        yield f"{what} was left unfinished by an earlier run; it is kept and finished: nothing is replaced ({address})"


def again_lines(found: Unfinished) -> Iterator[str]:
    """One line for each that is made again."""
    for address, what in sorted(found.again.items()):
        yield f"{what} was left unfinished by an earlier run and was never live; it is made again ({address})"


def will_lines(found: Unfinished) -> Iterator[str]:
    """One line for each that an apply will keep."""
    for address, what in sorted(found.kept.items()):
        yield f"{what} was left unfinished by an earlier run; it will be kept and finished by the apply ({address})"
