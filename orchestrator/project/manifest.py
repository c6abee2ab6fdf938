"""One folder is one service: reads and checks every `services/<name>/service.yaml`.

The one reader of these files: what Terraform gets of them is made of what is read here. Every problem of every file is
reported at once, with file, line and how to correct it. What a file may hold is said in orchestrator/project/schema.
"""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import Failure
from orchestrator.project import smoke_requests, yaml_text
from orchestrator.project.routing import ROOT_PATH, listener_priority, places
from orchestrator.project.schema import among, between, checks, describe
from orchestrator.project.schema.complaints import unknown
from orchestrator.project.schema.exports import terraform
from orchestrator.project.schema.rules import WRITTEN
from orchestrator.project.schema.service import NOT_KEYS, Service
from orchestrator.project.yaml_tree import at, duplicates, exists, indexes, key_line, numbered, plain, written
from orchestrator.system import paths

__all__ = [
    "FILE_NAME", "ROOT_PATH", "Problem", "Service", "for_terraform", "listener_priority", "load", "manifests", "where",
]  # fmt: skip

FILE_NAME = "service.yaml"
NAME = re.compile(r"[a-z][a-z0-9-]{0,22}[a-z0-9]")  # 24: a target group's name holds it beside the environment's
KEYS: Mapping[str, describe.Key] = {
    name: key for name, key in describe.keys(Service).items() if name not in NOT_KEYS
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Something wrong in a manifest, where it stands and how to correct it."""

    file: Path
    line: int
    text: str
    fix: str

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}: {self.text}; {self.fix}"


# Where a path stands: service, port and path => file and line.
Lines = dict[tuple[str, int, str], tuple[Path, int]]


def load(
    folder: Path = paths.SERVICES,
    *,
    environment: str | None = None,
    known: Collection[str] = (),
    capacities: Collection[str] | None = None,
) -> list[Service]:
    """All services below `folder`, by name, as they are in that environment. Raises `Failure` with every problem found.

    `known` are the environments that there are, where a name that is none of them is a mistake; `capacities` what the
    environment has for tasks to run on, if what it has not is a mistake.
    """
    services: list[Service] = []
    problems: list[Problem] = []
    lines: Lines = {}
    for file in manifests(folder):
        service = _read(file, problems, lines, known)
        if service is not None:
            services.append(service)
    problems += _conflicts(services, lines)
    if not problems:
        problems += _among(services)
    if not problems and environment is not None and capacities is not None:
        problems += _capacities(services, environment, capacities)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise Failure(
            f"the service manifests have {count}",
            reason="\n".join(str(problem) for problem in problems),
            next_step="correct the lines above; docs/service-yaml.md explains every key",
        )
    if not services:
        raise Failure(
            f"no service found below {folder}",
            reason=f"A service is a folder with a {FILE_NAME}.",
            next_step="see services/README.md",
        )
    return [service.within(environment) for service in services]


def for_terraform(services: Sequence[Service], standing: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The values of Terraform's variables `services` and `storage`.

    `standing` are the priorities of the listener rules that are deployed, by path.
    """
    return {"services": terraform.values(services, standing or {}), "storage": terraform.storage(services)}


def where(service: Service, place: tuple[str, ...], environment: str) -> str:
    """File and line of a key of the service's manifest: in the environment's part if it stands there too."""
    file, line = service.folder / FILE_NAME, 1
    with suppress(OSError, ValueError, yaml.YAMLError):
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        own = ("environments", environment, *place)
        line = key_line(node, own if exists(node, own) else place)
    return f"{shown(file)}:{line}"


def shown(file: Path) -> Path:
    """The file as a person finds it: from the checkout's root, if it is in it."""
    return file.relative_to(paths.ROOT) if file.is_relative_to(paths.ROOT) else file


def manifests(folder: Path) -> list[Path]:
    """Every manifest below `folder`, those that lead nowhere too."""
    found = [item / FILE_NAME for item in folder.iterdir() if item.is_dir()] if folder.is_dir() else []
    return sorted(file for file in found if os.path.lexists(file))


def _text(file: Path) -> str:
    """The manifest's text. Raises `ValueError` with the reason if it has none; a pipe is not waited for."""
    try:
        if not file.is_file():
            if file.is_dir():
                raise ValueError("Is a directory")
            raise ValueError("not a file" if file.exists() else "a link that leads nowhere")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(str(error.strerror)) from error


def _read(file: Path, problems: list[Problem], lines: Lines, known: Collection[str]) -> Service | None:
    name = file.parent.name
    found: list[Problem] = []

    def problem(line: int, text: str, fix: str) -> None:
        found.append(Problem(file, line, text, fix))

    if not NAME.fullmatch(name):
        problem(1, f"the folder's name {name!r} cannot be a service's name", "use 2 to 24 of a-z, 0-9 and -")
    node = _parsed(file, problem)
    service = None
    if node is not None:
        values, unclear = _values(node, problem)
        service = _service(name, file.parent, node, values, unclear, problem)
    for other in sorted(service.environments.keys() - set(known)) if service is not None and known else ():
        near = difflib.get_close_matches(other, known, n=1)
        fix = f"did you mean {near[0]!r}?" if near else f"environments: {', '.join(known)}"
        line = key_line(node, ("environments", other))
        problem(line, f"'environments' names {other!r}, which has no file in terraform/environments", fix)
    problems += found
    if found or service is None:
        return None
    for route in service.routes:
        above = ("paths",) if route.port == service.port else ("ports", route.port, "paths")
        for number, path in enumerate(route.paths):
            lines[name, route.port, path] = (file, at(node, (*above, number)).start_mark.line + 1)
    return service


Report = Callable[[int, str, str], None]


# One command reads the manifests several times, and parsing YAML takes longest of it.
@lru_cache(maxsize=256)
def _composed(text: str) -> tuple[yaml.Node | None, tuple[yaml_text.Difference, ...]]:
    """The text's nodes and what YAML's versions read differently in it. Shared: neither is to be changed."""
    return yaml_text.composed(text)


def _parsed(file: Path, problem: Report) -> yaml.MappingNode | None:
    try:
        node, different = _composed(_text(file))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        problem(mark.line + 1 if mark else 1, f"not valid YAML: {what}", "correct the syntax")
        return None
    except ValueError as error:
        problem(1, f"cannot be read: {error}", "make it a file that this user may read")
        return None
    if not isinstance(node, yaml.MappingNode):
        problem(1, "not a mapping of keys to values", "begin with `paths: [/api/NAME]`")
        return None
    # Only ports are numbers as keys.
    ports = set(numbered(node, ("ports",)))
    told = [item for item in different if item.index not in ports]
    for item in told:
        problem(item.line, item.text, item.fix)
    node.unclear = {item.index for item in told}
    return node


def _values(node: yaml.MappingNode, problem: Report) -> tuple[dict[str, Any], set[str]]:
    """The values of the known keys, and the keys that stand there but cannot be judged before they are corrected."""
    values: dict[str, Any] = {}
    unclear: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problem(line, "a key that is a list or a mapping", f"known keys: {', '.join(KEYS)}")
            continue
        key = str(key_node.value)
        if key not in KEYS:
            problem(line, *unknown(key, KEYS))
            continue
        if key in values or key in unclear:
            problem(line, f"key {key!r} stands twice", "keep one of them")
        if node.unclear & set(indexes(value_node)):
            unclear.add(key)  # what it says is not clear before that is corrected
            continue
        for again in duplicates(value_node):
            problem(again.start_mark.line + 1, f"{key!r} sets {again.value} twice", "keep one of them")
        try:
            values[key] = plain(value_node)
        except ValueError as error:
            text = f"{key!r} has a value that YAML cannot read: {error}"
            problem(line, text, "put text in quotes; see docs/service-yaml.md")
            unclear.add(key)
    return values, unclear


def _service(
    name: str, folder: Path, node: yaml.MappingNode, values: dict[str, Any], unclear: set[str], problem: Report
) -> Service | None:
    smoke = list(smoke_requests.problems(values["smoke"], _paths(values))) if "smoke" in values else []
    for number, text, fix in smoke:
        problem(at(node, ("smoke", number)).start_mark.line + 1, text, fix)
    judged = {key: value for key, value in values.items() if not (smoke and key == "smoke")}
    result = checks.check(name, folder, judged, unclear)
    for complaint in result.complaints:
        place = at(node, complaint.place)
        text = written(place)
        problem(
            key_line(node, complaint.place),
            complaint.text.replace(WRITTEN, text),
            complaint.fix.replace(WRITTEN, text),
        )
    return result.service


def _paths(values: Mapping[str, Any]) -> list[str]:
    ports = values.get("ports")
    below = ports.values() if isinstance(ports, dict) else ()
    given = [values.get("paths"), *(port.get("paths") for port in below if isinstance(port, dict))]
    found = [path for paths in given if isinstance(paths, list) for path in paths]
    return found if found and all(isinstance(path, str) for path in found) else [ROOT_PATH]


def _among(services: list[Service]) -> Iterator[Problem]:
    folders = {service.name: service.folder for service in services}
    for name, complaint in among.complaints(services):
        file = folders[name] / FILE_NAME
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        yield Problem(file, key_line(node, complaint.place), complaint.text, complaint.fix)


def _capacities(services: list[Service], environment: str, known: Collection[str]) -> Iterator[Problem]:
    """What tasks are to run on that the environment's file does not have."""
    for service in services:
        found = dict(between.capacities(service))
        place = next(
            (item for item in (("environments", environment, "capacity"), ("capacity",)) if item in found), None
        )
        if place is None or found[place].kind in known:
            continue
        file, kind = service.folder / FILE_NAME, found[place].kind
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        text = f"{'.'.join(place)!r} is {kind}, which the environment {environment} does not have"
        fix = (
            f"add  {kind} = {{...}}  to terraform/environments/{environment}.tfvars (docs/capacity.md), or use one of "
            f"{', '.join(known)}"
        )
        yield Problem(file, key_line(node, place), text, fix)


def _conflicts(services: list[Service], lines: Lines) -> Iterator[Problem]:
    owner: dict[str, tuple[str, int]] = {}
    rooms: Counter[range] = Counter()
    ways = [
        (service.name, route.port, path) for service in services for route in service.routes for path in route.paths
    ]
    for name, port, path in ways:
        file, line = lines[name, port, path]
        if path in owner:
            other, other_port = owner[path]
            first = f"port {other_port}" if other == name else f"services/{other}/{FILE_NAME}"
            yield Problem(file, line, f"path {path!r} is already the path of {first}", "give one of them another path")
            continue
        owner[path] = (name, port)
        if path == ROOT_PATH:
            continue
        room = places(path)
        rooms[room] += 1
        if rooms[room] > len(room):
            text = f"path {path!r} is one too many: there is room for {len(room)} paths of {len(path)} characters"
            yield Problem(file, line, text, "use a path of another length")
