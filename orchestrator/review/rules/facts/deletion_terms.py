"""What makes a destruction worse or stops it: final snapshots, forced deletion, deletion protection, waiting times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Resource
from orchestrator.review.rules.facts.aws import forced_deletion
from orchestrator.review.rules.kit.attributes import at, number, switch
from orchestrator.review.values import AttributePath

_PROTECTIONS = ("deletion_protection", "deletion_protection_enabled", "enable_deletion_protection")


def sentences(resource: Resource) -> Iterator[str]:
    """Sentences about what the object's own settings mean for its destruction."""
    before = resource.before or {}
    if switch(before.get("skip_destroy")):
        yield "Its skip_destroy is on: Terraform stops managing it, and the object itself stays."
    if switch(before.get("archive_on_destroy")):
        yield "Its archive_on_destroy is on: it is archived, and nothing in it is deleted."
    if any(switch(before.get(name)) or before.get(name) == "ACTIVE" for name in _PROTECTIONS):
        yield "Its deletion protection is on: the deletion is refused, and the apply fails halfway."
    forced = forced_deletion.sentence(resource)
    if forced:
        yield forced
    yield from _snapshot(before)
    yield from _backups(resource)
    yield from _window(before)


def _snapshot(before: Any) -> Iterator[str]:
    skipped = switch(before.get("skip_final_snapshot"))
    name = before.get("final_snapshot_identifier")
    if switch(before.get("final_snapshot")):
        yield "A final snapshot is taken first."
    if skipped:
        yield "No final snapshot is taken: skip_final_snapshot is on."
    elif isinstance(name, str) and name:
        yield f'A final snapshot "{name}" is made first.'
    elif skipped is False:
        yield "A final snapshot is requested but has no name (final_snapshot_identifier): the apply fails."


def _backups(resource: Resource) -> Iterator[str]:
    if resource.type == "aws_dynamodb_table":
        # "Before you begin using point in time recovery", DynamoDB developer guide.
        if switch(at(resource.before, "point_in_time_recovery.enabled")):
            yield "Point-in-time recovery is on: AWS keeps its last state for 35 days, to be restored as a new table."
        else:
            yield "Point-in-time recovery is off: only a manual backup can restore it."
    dropped = switch(at(resource.before, "delete_automated_backups"))
    if dropped is not None:
        yield f"Its automated backups {'are deleted with it' if dropped else 'stay until they expire'}."


def ways_back(resource: Resource) -> Iterator[str]:
    """Sentences about how what was in an object that is gone comes back: backups, and the time that is left."""
    yield from _backups(resource)
    yield from _window(resource.before or {})


def has_way_back(resource: Resource) -> bool:
    """True if what is in it can be restored after the destruction, by what the object's own settings leave of it."""
    before = resource.before or {}
    name = before.get("final_snapshot_identifier")
    return (
        (not switch(before.get("skip_final_snapshot")) and isinstance(name, str) and bool(name))
        or switch(before.get("final_snapshot")) is True
        or any(number(before.get(days)) for days in ("deletion_window_in_days", "recovery_window_in_days"))
        or (resource.type == "aws_dynamodb_table" and switch(at(before, "point_in_time_recovery.enabled")) is True)
    )


def is_left(resource: Resource) -> bool:
    """True if the object itself stays when Terraform lets go of it."""
    before = resource.before or {}
    return switch(before.get("skip_destroy")) is True or switch(before.get("archive_on_destroy")) is True


def is_copy(resource: Resource) -> bool:
    """True for a replica: what is in it is in its source too."""
    before = resource.before or {}
    return any(before.get(name) for name in ("replicate_source_db", "replication_source_identifier"))


def _window(before: Any) -> Iterator[str]:
    days = number(before.get("deletion_window_in_days"))
    if days:
        yield f"The deletion can be cancelled for {days:.0f} days."
    days = number(before.get("recovery_window_in_days"))
    if days == 0:
        yield "It is gone immediately: recovery_window_in_days is 0."
    elif days:
        yield f"It can be restored for {days:.0f} days."


def values(resource: Resource, path: AttributePath) -> tuple[Any, Any]:
    """Both sides of what forces a replacement."""
    return (at(resource.before, path), at(resource.after, path)) if path else (None, None)
