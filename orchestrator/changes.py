"""What a plan changes: counts, deploys told as deploys, and one line for each other resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

TASK_DEFINITION = "aws_ecs_task_definition"
_SIGNS = {"add": "+", "change": "~", "replace": "±", "destroy": "-"}


@dataclass(frozen=True)
class Change:
    """One resource and what happens to it: `add`, `change`, `replace` or `destroy`."""

    address: str
    kind: str
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = f" ({', '.join(self.attributes)})" if self.attributes else ""
        return f"{_SIGNS[self.kind]} {self.address}{more}"


@dataclass(frozen=True)
class Deploy:
    """A service that gets another image; digests are full, `before` is None for a new service."""

    service: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{self.service}  {short(self.before)} -> {short(self.after)}"


@dataclass(frozen=True)
class Changes:
    """All that a plan changes. A replacement counts once, and not as an addition and a destruction."""

    changes: tuple[Change, ...] = ()
    deploys: tuple[Deploy, ...] = ()
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(_SIGNS, 0))

    def lines(self) -> Iterator[str]:
        """The changes for a person, deploys first."""
        yield from (f"  {deploy}" for deploy in self.deploys)
        yield from (f"  {change}" for change in self.changes)

    def summary(self) -> str:
        """One line: `12 to add, 1 to change, 3 to replace, 0 to destroy`."""
        return ", ".join(f"{count} to {kind}" for kind, count in self.counts.items())


def read(plan: Mapping[str, Any]) -> Changes:
    """The changes in the output of `terraform show -json PLAN`. Values are not kept, image digests excepted."""
    changes: list[Change] = []
    deploys: list[Deploy] = []
    for resource in plan.get("resource_changes", []):
        if resource.get("mode") != "managed":
            continue
        kind = _kind(resource["change"]["actions"])
        if kind is None:
            continue
        changes.append(Change(resource["address"], kind, _attributes(resource["change"]) if kind != "add" else ()))
        if resource["type"] == TASK_DEFINITION:
            deploys += _deploys(resource["change"])
    counts = {kind: sum(change.kind == kind for change in changes) for kind in _SIGNS}
    return Changes(tuple(changes), tuple(deploys), counts)


def _kind(actions: list[str]) -> str | None:
    if set(actions) == {"create", "delete"}:
        return "replace"
    return {"create": "add", "update": "change", "delete": "destroy"}.get(actions[0]) if len(actions) == 1 else None


def _attributes(change: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = change.get("before") or {}, change.get("after") or {}
    if not before or not after:
        return ()
    unknown = change.get("after_unknown") or {}
    return tuple(sorted(name for name in before if before[name] != after.get(name) and not unknown.get(name)))


def _deploys(change: Mapping[str, Any]) -> Iterator[Deploy]:
    before, after = _images(change.get("before")), _images(change.get("after"))
    for service in sorted(before.keys() | after.keys()):
        if before.get(service) != after.get(service):
            yield Deploy(service, before.get(service), after.get(service))


def _images(values: Mapping[str, Any] | None) -> dict[str, str]:
    try:
        containers = json.loads((values or {}).get("container_definitions") or "[]")
        return {item["name"]: item["image"] for item in containers}
    except (ValueError, KeyError, TypeError):
        return {}


def short(image: str | None) -> str:
    """Twelve digits of an image's digest, enough to tell images apart."""
    if image is None:
        return "nothing"
    return image.rpartition("sha256:")[2][:12] if "sha256:" in image else image.rpartition("/")[2]


def to_json(changes: Changes) -> dict[str, Any]:
    """Counts, and per changed resource its address and kind."""
    return {**changes.counts, "deploys": [asdict(item) for item in changes.deploys]}
