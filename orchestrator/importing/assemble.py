"""From what the mapping says to a service.yaml that is right: the schema is asked for every key and every value.

The schema decides, at run time: a key that it does not have has no counterpart, and a value that it refuses is left out
and reported with the schema's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.importing.item import DOCUMENT, Context, Item, document_of
from orchestrator.importing.report import Outcome, Row
from orchestrator.importing.tree import Place, shown
from orchestrator.project.schema import checks, describe
from orchestrator.project.schema.complaints import Complaint
from orchestrator.project.schema.rules import WRITTEN
from orchestrator.project.schema.service import Service


@dataclass(frozen=True)
class Assembled:
    """What a manifest has become: per folder the values of its service.yaml, and the rows of the report.

    The folders are the service's, if it can be described, and those of its sidecars.
    """

    values: dict[str, dict[str, Any]]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Judged:
    """An item, what of it goes into service.yaml, and why the rest does not."""

    item: Item
    sets: tuple[tuple[Place, Any], ...]
    missing: tuple[str, ...] = ()


def assemble(context: Context, file: str, items: Sequence[Item]) -> Assembled:
    """The service of one manifest."""
    judged = [_known(item) for item in items if not item.settings]
    while True:
        values = _values(judged)
        complaints = list(_complaints(context, values))
        if not complaints:
            break
        after = [_without(entry, complaints, _is_about) for entry in judged]
        if after == judged:
            # Something that is missing, where no key says it: then without what it belongs to.
            after = [_without(entry, complaints, _is_beside) for entry in judged]
        if after == judged:
            gone = {document_of(tuple(map(str, item.place)))[0] for item in complaints}
            if "" in gone:
                return _impossible(context, file, complaints)
            after = [_without(entry, complaints, _is_of_sidecar) for entry in judged]
        judged = after
    rows = [_row(file, entry) for entry in judged]
    notes = [_note(row) for row, entry in zip(rows, judged, strict=True) if entry.item.attention]
    return Assembled({name or context.name: each for name, each in values.items()}, tuple(rows), tuple(notes))


def _complaints(context: Context, values: Mapping[str, Mapping[str, Any]]) -> Iterator[Complaint]:
    """What the schema says of the service and its sidecars, each with the sidecar's @NAME before its places."""
    for name, each in values.items():
        above = (f"{DOCUMENT}{name}",) if name else ()
        for item in checks.check(
            name or context.name, context.application.target / (name or context.name), each
        ).complaints:
            yield replace(item, place=(*above, *item.place))
    own = values[""]
    for name, sidecar in own.get("sidecars", {}).items():
        if name not in values:
            yield Complaint(("sidecars", name), "the sidecar cannot be described", "describe it by hand")
        for volume in sidecar.get("mounts", {}):
            if volume not in own.get("volumes", {}):
                yield Complaint(
                    ("sidecars", name, "mounts", volume), "the volume is not carried", "add it to `volumes`"
                )


def _known(item: Item) -> _Judged:
    there = tuple((place, value) for place, value in item.sets if _is_there(place))
    missing = [document_of(place)[1] for place, _ in item.sets if not _is_there(place)]
    if item.needs and describe.at(Service, item.needs) is None:
        return _Judged(replace(item, into=""), there, (_absent(item.needs),))
    return _Judged(item, there, tuple(dict.fromkeys(map(_absent, missing))))


def _is_there(place: Place) -> bool:
    return describe.at(Service, document_of(place)[1]) is not None


def _absent(place: Place) -> str:
    if place[0] == "environments" and describe.at(Service, place[2:]) is not None:
        return f"`{place[2]}` is the same in all environments"
    top = place[2] if place[0] == "environments" else place[0]
    if describe.at(Service, (top,)) is None:
        return f"service.yaml has no `{top}`"
    return f"service.yaml has no `{shown(place)}`"


def _values(judged: Sequence[_Judged]) -> dict[str, dict[str, Any]]:
    """Per folder of a sidecar, and for the service with no name, the values."""
    values: dict[str, dict[str, Any]] = {"": {}}
    for entry in judged:
        for target, value in entry.sets:
            document, place = document_of(target)
            here = values.setdefault(document, {})
            for step in place[:-1]:
                # A port is the only key that is a number.
                key: Any = int(step) if place[0] == "ports" and step.isdecimal() else step
                here = here.setdefault(key, {})
            if value == {}:
                here.setdefault(place[-1], {})
            else:
                here[place[-1]] = value
    return values


def _without(
    entry: _Judged, complaints: Sequence[Complaint], is_about: Callable[[Complaint, Place], bool]
) -> _Judged:  # fmt: skip
    """The item without what the schema refuses."""
    kept, missing = [], list(entry.missing)
    for place, value in entry.sets:
        wrong = next((item for item in complaints if is_about(item, place)), None)
        if wrong is None:
            kept.append((place, value))
            continue
        said = f"{wrong.text}; {wrong.fix}".replace(WRITTEN, str(value))
        missing.append(said)
    return replace(entry, sets=tuple(kept), missing=tuple(dict.fromkeys(missing)))


def _is_about(complaint: Complaint, place: Place) -> bool:
    """True if the complaint is about that key, one below it, or one above it that holds it."""
    said = tuple(map(str, complaint.place))
    length = min(len(said), len(place))
    return bool(said) and said[:length] == place[:length]


def _is_beside(complaint: Complaint, place: Place) -> bool:
    """True if both are below the same key of the manifest, or of an environment in it."""
    document, below = document_of(place)
    other, said = document_of(tuple(map(str, complaint.place)))
    length = 3 if below[0] == "environments" else 1
    return document == other and bool(said) and said[:length] == below[:length]


def _is_of_sidecar(complaint: Complaint, place: Place) -> bool:
    """True for all that is said of the sidecar that the complaint is about, and in its folder."""
    name = document_of(tuple(map(str, complaint.place)))[0]
    return document_of(place)[0] == name or place[:2] == ("sidecars", name)


def _impossible(context: Context, file: str, complaints: Sequence[Complaint]) -> Assembled:
    why = "; ".join(dict.fromkeys(complaint.text.replace(WRITTEN, "wrong") for complaint in complaints))
    text = f"service.yaml cannot describe a {context.type} yet ({why}): nothing of it is carried"
    return Assembled({}, (Row(file, 1, (), Outcome.NONE, text=text),))


def _row(file: str, entry: _Judged) -> Row:
    item = entry.item
    into = _targets([place for place, _ in entry.sets]) or item.into
    missing = "; ".join(entry.missing)
    if item.added:
        outcome = Outcome.ADDED if into else Outcome.NONE
        if missing and not entry.sets:
            return Row(file, item.line, (), Outcome.ADDED, text=_joined(item.why, missing))
        return Row(file, item.line, (), outcome, into, item.why)
    if entry.sets:
        outcome = Outcome.CHANGED if item.why or missing else Outcome.CARRIED
        return Row(
            file, item.line, item.source, outcome, into, _joined(item.why, missing, item.instead if missing else "")
        )
    if item.sets:
        return Row(file, item.line, item.source, Outcome.NONE, text=_joined(missing, item.instead))
    if item.into and not missing:
        outcome = Outcome.CHANGED if item.why else Outcome.CARRIED
        return Row(file, item.line, item.source, outcome, item.into, item.why)
    return Row(file, item.line, item.source, Outcome.NONE, text=_joined(missing, item.instead))


def _targets(places: Sequence[Place]) -> str:
    """Keys of service.yaml; where there is one for each of several environments, these are not listed."""
    split = [document_of(place) for place in places]
    several = len({place[1] for _, place in split if place[0] == "environments"}) > 1
    names = []
    for document, place in split:
        if several and place[0] == "environments":
            place = ("environments", "*", *place[2:])
        names.append(f"{shown(place)} of {document}" if document else shown(place))
    return ", ".join(dict.fromkeys(names))


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _note(row: Row) -> str:
    """The comment in service.yaml."""
    key = shown(row.key) or row.into
    if row.outcome is Outcome.NONE:
        return f"{key} is not carried: {row.text}"
    return f"{key}: {row.text}" if row.text else ""
