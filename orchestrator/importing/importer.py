"""A Copilot application as services and environments of this project. Reads; writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.importing import environments, service_yaml
from orchestrator.importing.application import Found, Manifest
from orchestrator.importing.assemble import assemble
from orchestrator.importing.environments import Wanted
from orchestrator.importing.item import Application, Context, Item
from orchestrator.importing.mapping import http, sidecars, workload
from orchestrator.importing.others import others
from orchestrator.importing.report import File, Outcome, Report, Row, ordered
from orchestrator.importing.tree import Unreadable, Value, parse
from orchestrator.project import environment
from orchestrator.project import manifest as manifests
from orchestrator.project.routing import ROOT_PATH

# As the schema has it; a worker's queue is named after it, and sidecars have short names.
_LONGEST, _LONGEST_SHORT = 24, 20
_FRAGMENT = "there is no `type` in it: it is a part of a manifest, for a template or for another file"
_STATIC = (
    "files in S3 behind CloudFront have no counterpart: serve them from a web service, or keep them where they are"
)
_SECOND = "Copilot reads the first document of a file alone: make a manifest of its own of this one"


@dataclass(frozen=True)
class Place:
    """Where the result goes: `checkout` is what builds may reach, `target` holds the services.

    `environment_files` holds tfvars files. `foreign` are the environments that have one which no import has made, and
    `foreign_services` the folders with such a service.yaml.
    """

    checkout: Path
    target: Path
    environment_files: Path
    report: str
    foreign: Collection[str]
    foreign_services: Collection[str] = ()


def run(found: Found, place: Place) -> Report:
    """All files that the import makes, and what the report says."""
    rows: list[Row] = []
    usable = list(_usable(found.services, rows))
    name = application_name(found.workspace)
    names = _environment_names(found)
    unusable = {each: why for each in names if (why := environment.why_unusable(each))}
    kinds = {service: kind for service, _, _, kind in usable if service not in place.foreign_services}
    application = Application(
        name, tuple(each for each in names if each not in unusable),
        kinds, _sidecars(usable, place.foreign_services), found.root,
        place.checkout, place.target,
    )  # fmt: skip
    own = {service for service, _, _, _ in usable} | set(application.sidecars.values())
    taken = set(_taken(place.target, own))
    wanted: list[Wanted] = []
    files: list[File] = []
    for service, manifest, type_, kind in usable:
        context = Context(application, service, kind, type_, manifest.value)
        paths = _paths(context, taken)
        context = replace(context, ports=_ports(context, taken))
        items = workload.items(context, paths, unusable)
        made = assemble(context, manifest.file, items)
        rows += made.rows
        if made.values:
            wanted += [Wanted(manifest.file, item) for item in items if item.settings]
        for folder, values in made.values.items():
            notes = [note for note in made.notes if note] if folder == service else []
            text = service_yaml.render(values, notes, manifest.file, place.report)
            files.append(File(str(place.target / folder / manifests.FILE_NAME), text))
    files += _environments(found, application, unusable, wanted, place, rows)
    rows += others(found)
    return Report(name, ordered(rows), tuple(files))


def application_name(workspace: Manifest | None) -> str:
    given = workspace.value.get("application") if workspace is not None else None
    return (given.as_text() or "") if given is not None else ""


def _usable(found: tuple[Manifest, ...], rows: list[Row]) -> Iterator[tuple[str, Manifest, str, str]]:
    """Name, manifest, Copilot's type and kind of each service that can be read."""
    names: dict[str, str] = {}
    for manifest in found:
        file, value = manifest.file, manifest.value
        if manifest.second_document is not None:
            rows.append(Row(file, manifest.second_document, ("(second document)",), Outcome.NONE, text=_SECOND))
        if manifest.problem is not None:
            problem = manifest.problem
            rows.append(Row(file, problem.line, (), Outcome.PROBLEM, text=f"{problem.reason}; {problem.fix}"))
            continue
        given = value.get("type")
        type_ = (given.as_text() or "") if given is not None else ""
        line = value.line_of(("type",))
        if type_ == workload.STATIC_SITE:
            rows.append(Row(file, line, (), Outcome.NONE, text=_STATIC))
        elif not value.is_mapping:
            rows.append(
                Row(file, value.line, (), Outcome.PROBLEM, text="it holds no keys; write a manifest, or remove it")
            )
        elif type_ not in workload.KINDS:
            known = ", ".join([*workload.KINDS, workload.STATIC_SITE])
            text = (
                f"the type is `{type_}`; Copilot has {known}"
                if type_
                else f"{_FRAGMENT}; import what it is rendered to"
            )
            rows.append(Row(file, line, (), Outcome.PROBLEM, text=text))
        else:
            kind = _kind(value, type_)
            name = _service_name((value.get("name") or Value(1, "text", manifest.folder)).text or manifest.folder, kind)
            if name in names or not name:
                text = f"{names.get(name, 'nothing')} has the name {name} already; give one of them another name"
                rows.append(Row(file, value.line_of(("name",)), (), Outcome.PROBLEM, text=text))
                continue
            names[name] = file
            yield name, manifest, type_, kind


def _kind(manifest: Value, type_: str) -> str:
    switch = manifest.get("http")
    is_off = switch is not None and switch.kind in ("boolean", "text") and switch.as_truth() is False
    return "backend" if is_off and type_ == "Load Balanced Web Service" else workload.KINDS[type_]


def _service_name(name: str, kind: str) -> str:
    """A name that a service can have here; the same one, unless it is too long, too short or has other characters."""
    longest = _LONGEST if kind not in ("worker", "sidecar") else _LONGEST_SHORT
    if manifests.NAME.fullmatch(name) and len(name) <= longest:
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).lstrip("-0123456789")[:longest].strip("-")
    return plain if len(plain) > 1 else f"{plain}-service".lstrip("-") if plain else ""


def _sidecars(
    usable: Sequence[tuple[str, Manifest, str, str]], foreign: Collection[str]
) -> dict[tuple[str, str], str]:  # fmt: skip
    """The folder of each sidecar: its name, with its service's before it where another folder is called so."""
    wanted = [(service, name) for service, manifest, _, _ in usable for name in sidecars.with_image(manifest.value)]
    usual = Counter(_service_name(name, "sidecar") for _, name in wanted)
    taken = {*foreign, *(service for service, _, _, _ in usable)}
    folders: dict[tuple[str, str], str] = {}
    for service, name in wanted:
        plain = _service_name(name, "sidecar")
        longer = _service_name(f"{service[: 18 - len(plain)]}-{plain}", "sidecar") if len(plain) < 17 else plain
        numbered = (f"{plain[:16]}-{number}" for number in range(2, 1000))
        names = [*([plain] if usual[plain] == 1 else []), longer, *numbered]
        chosen = next((each for each in names if len(each) > 1 and each not in taken), "")
        if chosen:
            folders[service, name] = chosen
            taken.add(chosen)
    return folders


def _environment_names(found: Found) -> list[str]:
    """Every environment that any file of the application names."""
    names = [manifest.folder for manifest in found.environments]
    for service in found.services:
        given = service.value.get("environments")
        names += [name for name, _ in given.pairs] if given is not None else []
    for pipeline in found.pipelines:
        stages = pipeline.value.get("stages")
        names += [stage.text for item in (stages.items if stages else ()) if (stage := item.get("name")) is not None]
    return sorted({name for name in names if name})


def _taken(target: Path, own: set[str]) -> Iterator[str]:
    """Paths of services that are there and not of this application."""
    for file in manifests.manifests(target):
        if file.parent.name in own:
            continue
        # What is wrong with those manifests is for `up` to say.
        with suppress(OSError, UnicodeDecodeError, Unreadable):
            given = parse(file.read_text(encoding="utf-8"))[0]
            ports = given.get("ports")
            listed = [
                given.get("paths"),
                *(port.get("paths") for _, port in (ports.pairs if ports is not None else ())),
            ]
            yield from (path for paths in listed if paths is not None for path in paths.as_texts() or ())


def _paths(context: Context, taken: set[str]) -> tuple[str, ...]:
    """The paths of a web service: those that it asks for and nobody has, or one by its name."""
    if context.kind != "web":
        return ()
    is_given = context.manifest.get("http", "path") is not None
    wanted = http.candidates(context.manifest, context.name) or (f"/{context.name}" if is_given else ROOT_PATH,)
    own = [f"/{context.name}", *(f"/{context.name}-{number}" for number in range(2, 1000))]
    chosen: list[str] = []
    for path in wanted:
        if path in taken:
            path = next(each for each in own if each in chosen or each not in taken)
        taken.add(path)
        chosen.append(path)
    return tuple(dict.fromkeys(chosen))


def _ports(context: Context, taken: set[str]) -> dict[int, tuple[str, ...]]:
    """The further ports of a web service: those of their paths that nobody has."""
    chosen: dict[int, tuple[str, ...]] = {}
    for port, path in http.further(context.manifest, context.name) if context.kind == "web" else ():
        if path not in taken:
            taken.add(path)
            chosen[port] = (*chosen.get(port, ()), path)
    return chosen


def _environments(
    found: Found, application: Application, unusable: Mapping[str, str], wanted: list[Wanted], place: Place,
    rows: list[Row],
) -> list[File]:  # fmt: skip
    sources = {manifest.folder: manifest for manifest in found.environments}
    for name, manifest in sources.items():
        if manifest.problem is not None:
            text = f"{manifest.problem.reason}; {manifest.problem.fix}"
            rows.append(Row(manifest.file, manifest.problem.line, (), Outcome.PROBLEM, text=text))
        elif name in unusable:
            text = f"{name} cannot be the name of an environment here: {unusable[name]}"
            rows.append(Row(manifest.file, 1, (), Outcome.NONE, text=text))
        else:
            items = workload.complete(manifest.value, [*environments.items(name, manifest.value)])
            wanted += [Wanted(manifest.file, item) for item in items if item.settings]
            rows += [_plain_row(manifest.file, item) for item in items if not item.settings]
    chosen = environments.settings(wanted, application.environments)
    written = [name for name in application.environments if name not in place.foreign]
    rows += environments.rows(wanted, chosen, written)
    files = []
    for name in written:
        source = sources.get(name)
        texts = [*_arns(source.value.get("http") if source else None)]
        texts += [text for service in found.services for text in _arns(service.value.get("environments", name))]
        number, region = environments.account(texts)
        region = region or environments.region_of(chosen.get(name, {}).get("availability_zones", ()))
        shown = source.file if source else f"the environment {name} of the application's manifests"
        text = environments.tfvars(name, shown, number, region, chosen.get(name, {}))
        files.append(File(str(place.environment_files / f"{name}.tfvars"), text))
    return files


def _plain_row(file: str, item: Item) -> Row:
    outcome = Outcome.CARRIED if item.into else Outcome.NONE
    return Row(file, item.line, item.source, outcome, item.into, "" if item.into else item.instead)


def _arns(value: Value | None) -> Iterator[str]:
    for _, leaf in value.leaves() if value is not None else ():
        yield from (leaf.text, *(item.text for item in leaf.items))
