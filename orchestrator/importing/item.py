"""What a mapping says of a key: where it goes, or why it goes nowhere. Decided before the schema is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.importing.tree import Place, Value
from orchestrator.project.schema import describe
from orchestrator.project.schema.service import Service

VARIABLE = re.compile(r"\$\{([_a-zA-Z][_a-zA-Z0-9]*)\}")
APPLICATION, ENVIRONMENT = "COPILOT_APPLICATION_NAME", "COPILOT_ENVIRONMENT_NAME"
Sets = tuple[tuple[Place, Any], ...]
DOCUMENT = "@"


def document_of(place: Place) -> tuple[str, Place]:
    """The sidecar whose service.yaml has that key, empty for the service's own, and the key in it."""
    return (place[0][1:], place[1:]) if place[:1] and place[0].startswith(DOCUMENT) else ("", place)


@dataclass(frozen=True)
class Setting:
    """A variable of an environment's tfvars file; without an environment of all of them."""

    environment: str | None
    name: str
    value: Any


@dataclass(frozen=True)
class Item:
    """What becomes of the key `source`.

    `sets` are keys of service.yaml, `settings` variables of environments, `into` says where else it went, as long as
    service.yaml has the key that it `needs`. With `why` it is another than it was. Without any of them it has no
    counterpart, and `instead` says what to do. `attention`: the program misses it, so that a comment in service.yaml
    says so. `added`: it stands nowhere in the manifest. `line` is filled in at the end.
    """

    source: Place
    sets: Sets = ()
    settings: tuple[Setting, ...] = ()
    into: str = ""
    needs: Place = ()
    why: str = ""
    instead: str = ""
    attention: bool = False
    added: bool = False
    line: int = 0


@dataclass(frozen=True)
class Application:
    """What is known of the whole application while one manifest is read.

    `environments` are those that can be used here, `kinds` the services by name, `sidecars` the folder of each sidecar
    by its service and its name. `root` is where the paths of a manifest begin, `checkout` what a build may reach.
    """

    name: str
    environments: tuple[str, ...]
    kinds: Mapping[str, str]
    sidecars: Mapping[tuple[str, str], str]
    root: Path
    checkout: Path
    target: Path


@dataclass(frozen=True)
class Context:
    """One manifest, or the part of it that is for one environment, or for the sidecar with a `document` of its own."""

    application: Application
    name: str
    kind: str
    type: str
    manifest: Value
    environment: str | None = None
    document: str = ""
    ports: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Of a web service: its further ports, each with the paths that it gets."""

    def target(self, *place: str) -> Place:
        """A key of service.yaml, for this environment if it is for one. Before those of a sidecar stands its @NAME."""
        below = ("environments", self.environment, *place) if self.environment else place
        return (f"{DOCUMENT}{self.document}", *below) if self.document else below

    def has(self, *place: str) -> bool:
        """True if service.yaml has that key, here and now."""
        return describe.at(Service, document_of(self.target(*place))[1]) is not None

    @property
    def folder(self) -> Path:
        """Where the service's, or the sidecar's, own files are."""
        return self.application.target / (self.document or self.name)


@dataclass(frozen=True)
class Resolved:
    """A text without the names in it: one for all, or one per environment; or the names that nobody knows here."""

    text: str | None = None
    per_environment: Mapping[str, str] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def why_not(self) -> str:
        """Why there is no text."""
        if self.unknown:
            names = ", ".join(f"${{{name}}}" for name in self.unknown)
            return f"Copilot took {names} from the shell of whoever deployed"
        if self.per_environment:
            return "it depends on the environment, and here it is the same in all of them"
        return "it depends on the environment, and no environment of the application is known"


def resolve(context: Context, text: str) -> Resolved:
    """What Copilot puts in place of ${NAME}: its own two names are known, others are not."""
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    known = {APPLICATION: context.application.name} if context.application.name else {}
    if context.environment:
        known[ENVIRONMENT] = context.environment
    unknown = tuple(name for name in names if name not in known and name != ENVIRONMENT)
    if unknown:
        return Resolved(unknown=unknown)
    if ENVIRONMENT in names and ENVIRONMENT not in known:
        each = {name: _filled(text, {**known, ENVIRONMENT: name}) for name in context.application.environments}
        return Resolved(per_environment=each) if each else Resolved()
    return Resolved(_filled(text, known))


def _filled(text: str, known: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: known[found[1]], text)


def settings(context: Context, source: Place, name: str, value: Any) -> tuple[Setting, ...]:
    """A variable of all environments but those whose part of the manifest has that key itself."""
    if context.environment or not context.application.environments:
        return (Setting(context.environment, name, value),)
    others = [
        each for each in context.application.environments if not context.manifest.get("environments", each, *source)
    ]
    return tuple(Setting(each, name, value) for each in others)


def odd(source: Place, value: Value, wanted: str) -> Item:
    """A value of a form that Copilot does not take."""
    return Item(source, instead=f"Copilot takes {wanted} here, and this is {_shown(value)}; correct it")


def _shown(value: Value) -> str:
    kinds = {"list": "a list", "mapping": "a mapping", "nothing": "empty"}
    return kinds.get(value.kind) or f"`{value.text[:60]}`"


def empty(source: Place) -> Item:
    """A key without a value, which Copilot takes for a key that is not there."""
    return Item(source, into="nothing: it is empty")
