"""The containers of an ECS task definition: their own health checks, whether they are essential, how they stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, hidden, number
from orchestrator.review.structures import decoded

_NAME = "container_definitions"
_DEFAULT_STOP_SECONDS = 30


def both(resource: Resource) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Each container that is there before and after, with its place after."""
    old = {item.get("name"): item for item in listed(resource.before) if item.get("name")}
    for place, item in enumerate(listed(resource.after)):
        if item.get("name") in old:
            yield place, old[item.get("name")], item


def listed(values: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The container definitions in one side of a task definition, in their order."""
    found = decoded(at(values, _NAME))
    return [item if isinstance(item, Mapping) else {} for item in found] if isinstance(found, list) else []


def weakened(resource: Resource) -> Iterator[Finding]:
    """Health checks that are taken away or made slow, and containers that may now fail unnoticed."""
    for place, before, after in both(resource):
        old, new = before.get("healthCheck"), after.get("healthCheck")
        if hidden(old) or hidden(new):
            continue
        name = after["name"]
        if _checks(old) and not _checks(new):
            yield _finding(
                resource,
                (place, "healthCheck"),
                f"The container {name} has no health check any more: ECS takes it for well as long as its process runs",
                old,
                new,
            )
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _slower(resource, place, name, old, new)
        if before.get("essential", True) is True and after.get("essential", True) is False:
            yield _finding(
                resource,
                (place, "essential"),
                f"The container {name} is not essential any more: when it ends, its task goes on without it",
                before.get("essential"),
                False,
            )


def _checks(check: Any) -> bool:
    command = check.get("command") if isinstance(check, Mapping) else None
    return bool(command) and command != ["NONE"]


def _slower(
    resource: Resource, place: int, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Finding]:
    # The defaults are those of ECS.
    seconds = [(number(check.get("interval")) or 30) * (number(check.get("retries")) or 3) for check in (old, new)]
    if seconds[1] >= 2 * seconds[0]:
        key = "interval" if old.get("interval") != new.get("interval") else "retries"
        yield _finding(
            resource,
            (place, "healthCheck", key),
            f"The container {name} is found to be broken after {seconds[1]:g} seconds instead of {seconds[0]:g}",
            old.get(key),
            new.get(key),
        )


def stopped_sooner(resource: Resource) -> Iterator[Finding]:
    """Containers that get half the time, or less, to finish before they are killed."""
    for place, before, after in both(resource):
        old = number(before.get("stopTimeout", _DEFAULT_STOP_SECONDS))
        new = number(after.get("stopTimeout", _DEFAULT_STOP_SECONDS))
        if old and new is not None and new <= old / 2:
            yield Finding(
                "draining-shortened",
                Severity.MEDIUM,
                resource.address,
                f"The container {after['name']} is killed {new:g} seconds after it is asked to stop, instead of "
                f"{old:g}: what it has not finished by then is lost.",
                "Keep stopTimeout longer than the longest request.",
                (_NAME, place, "stopTimeout"),
                before.get("stopTimeout"),
                after.get("stopTimeout"),
            )


def _finding(resource: Resource, path: tuple[str | int, ...], says: str, before: Any, after: Any) -> Finding:
    return Finding(
        "health-check-weakened",
        Severity.MEDIUM,
        resource.address,
        f"{says}.",
        "Keep it, unless the load balancer's own check is enough.",
        (_NAME, *path),
        before,
        after,
    )
