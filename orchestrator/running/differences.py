"""How what runs differs from what the checkout asks for, service by service. Decides only; asks nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.project.manifest import Service
from orchestrator.review.references import short
from orchestrator.review.rules.facts import secret_shapes
from orchestrator.running.services import Running
from orchestrator.running.wanted import Wanted, made_by_terraform

# What ECS does not tell: keys of the manifest, compared with the last release's.
OTHER_SETTINGS = (
    "kind", "paths", "ports", "health", "table", "scaling", "calls", "secrets", "volumes", "sidecars", "storage",
    "queue", "schedule", "time_zone", "retries", "timeout", "overlap", "alarms", "command", "user", "stop_timeout",
)  # fmt: skip
Status = Literal["same", "changed", "added", "removed"]
HIDDEN = "(hidden)"


@dataclass(frozen=True)
class Change:
    """A setting with its value now and as the checkout has it; None where it is not set."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ImageChange:
    """Another image: what runs, what would, why it is another (in words), and the commits between them.

    `after` is an address by digest if the registry has the image already, else its tag, to be built.
    """

    before: str | None
    after: str
    is_built: bool
    why: str = ""
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """The image that the checkout makes: its tag and address (None: to be built), and why it is another."""

    tag: str
    uri: str | None
    why: str = ""
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What a deploy would do to one service."""

    service: str
    status: Status
    image: ImageChange | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        image = self.image
        return {
            "status": self.status,
            "image_change": None if image is None else {
                "before": image.before, "after": image.after, "missing": not image.is_built, "why": image.why or None,
                "commits": list(image.commits),
            },
            "settings": {item.name: {"before": item.before, "after": item.after} for item in self.changes},
            "notes": list(self.notes),
        }  # fmt: skip


def all_of(
    running: Mapping[str, Running],
    wanted: Mapping[str, Wanted],
    images: Mapping[str, Image],
    released: Mapping[str, Service],
    released_images: Mapping[str, str],
) -> list[Difference]:
    """A difference for every service that runs or is asked for, by name.

    `released` are the manifests of the last release and `released_images` its images: what ECS does not tell is
    compared with them, and an image that runs without being the release's is named.
    """
    return [
        _one(name, running.get(name), wanted.get(name), images.get(name), released.get(name), released_images.get(name))
        for name in sorted({*running, *wanted})
    ]


def _one(
    name: str,
    now: Running | None,
    asked: Wanted | None,
    image: Image | None,
    before: Service | None,
    released_image: str | None,
) -> Difference:
    if asked is None:
        return Difference(name, "removed")
    if now is None:
        return Difference(name, "added", _image(None, image), tuple(_settings(None, asked, None)))
    notes = list(_notes(now, asked, released_image))
    changes = tuple(_settings(now, asked, before))
    moved = _image(now.image, image)
    return Difference(name, "changed" if moved or changes else "same", moved, changes, tuple(notes))


def _image(before: str | None, image: Image | None) -> ImageChange | None:
    if image is None or (image.uri is not None and image.uri == before):
        return None
    return ImageChange(before, image.uri or image.tag, image.uri is not None, image.why, image.commits)


def _notes(now: Running, asked: Wanted, released_image: str | None) -> Iterator[str]:
    if released_image is not None and now.image != released_image:
        yield (
            f"runs {short(now.image)}, and the last release has {short(released_image)}: "
            "it was changed outside, or a deploy did not get to its end"
        )
    if asked.unknown:
        yield f"not compared, for it is no literal in the environment's file: {', '.join(asked.unknown)}"


def _settings(now: Running | None, asked: Wanted, before: Service | None) -> Iterator[Change]:
    """The settings that differ; of a service that does not run yet, all of them."""
    service = asked.service
    pairs: list[tuple[str, Any, Any]] = []
    if service.kind != "sidecar":
        pairs += [("cpu", now and now.cpu, service.cpu), ("memory", now and now.memory, service.memory)]
        if asked.capacity is not None and (now is None or now.capacity is not None):
            pairs.append(("capacity", now and now.capacity, asked.capacity))
    if service.runs and "counts" not in asked.unknown:
        pairs.append(("count", None if now is None else now.count, asked.count))
    if service.listens:
        pairs.append(("port", now and now.port, service.port))
    if now is None and service.is_web:
        pairs += [("paths", None, shown(service.paths)), ("health", None, service.health)]
        pairs += [("ports", None, shown(service.ports))] if service.ports else []
    if now is None and service.schedule is not None:
        pairs.append(("schedule", None, service.schedule))
    if now is not None and before is not None:
        pairs += [(name, shown(getattr(before, name)), shown(getattr(service, name))) for name in OTHER_SETTINGS]
    yield from (Change(name, None if old is None else str(old), str(new)) for name, old, new in pairs if old != new)
    if service.kind != "sidecar":  # each service that uses it adds variables of its own
        yield from _variables(now.environment if now else {}, asked)


def shown(value: Any) -> str:
    """A setting in words: a list or a mapping in one line, "none" for nothing."""
    if value is None or (isinstance(value, (tuple, Mapping)) and not value):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if dataclasses.is_dataclass(value):
        given = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        value = {name: item for name, item in given.items() if item not in (None, (), {})}
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {shown(item)}" for name, item in value.items()) + "}"
    return str(value)


def _variables(now: Mapping[str, str], asked: Wanted) -> Iterator[Change]:
    names = {*asked.environment} if "task_environment" in asked.unknown else {*now, *asked.environment}
    for name in sorted(names - made_by_terraform(asked.service)):
        old, new = now.get(name), asked.environment.get(name)
        if old != new:
            yield Change(f"variable {name}", _shown(name, old), _shown(name, new))


def _shown(name: str, value: str | None) -> str | None:
    """A variable's value; what looks like a secret is not spread."""
    if value is None:
        return None
    return HIDDEN if secret_shapes.is_secret_name(name) or secret_shapes.secrets_in(value) else value
