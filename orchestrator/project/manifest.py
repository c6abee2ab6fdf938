"""One folder is one service: reads and checks every `services/<name>/service.yaml`.

The one schema for Python; Terraform reads the same files with the same defaults (terraform/modules/manifests/main.tf).
Every problem of every file is reported at once, with file, line and the mend.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import Failure
from orchestrator.project import smoke_requests, yaml_text
from orchestrator.project.manifest_checks import CHECKS, FARGATE_MEMORY, variable
from orchestrator.project.smoke_requests import SmokeRequest
from orchestrator.system import paths

FILE_NAME = "service.yaml"
ROOT_PATH = "/"

NAME = re.compile(r"[a-z][a-z0-9-]{0,22}[a-z0-9]")  # 24: a target group's name holds it beside the environment's


@dataclass(frozen=True)
class Service:
    """What `service.yaml` says of a service, defaults filled in."""

    name: str
    folder: Path
    paths: tuple[str, ...]
    port: int = 8000
    cpu: int = 256
    memory: int = 512
    count: int = 2
    health: str = "/healthz"
    environment: Mapping[str, str] = field(default_factory=dict)
    table: str = "none"
    smoke: tuple[SmokeRequest, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something wrong in a manifest, where it stands and how to mend it."""

    file: Path
    line: int
    text: str
    fix: str

    def __str__(self) -> str:
        try:
            shown = self.file.relative_to(paths.ROOT)
        except ValueError:
            shown = self.file
        return f"{shown}:{self.line}: {self.text}; {self.fix}"


def listener_priority(path: str) -> int:
    """The listener rule's priority of a path prefix: longer prefixes first, the same whatever other services exist.

    Terraform computes the same number. Two prefixes of one length share it once in a thousand; `load` reports that.
    """
    return 1000 * (49 - min(len(path), 48)) + int(hashlib.sha256(path.encode()).hexdigest()[:6], 16) % 1000


def load(folder: Path = paths.SERVICES) -> list[Service]:
    """All services below `folder`, by name. Raises `Failure` with every problem found."""
    services: list[Service] = []
    problems: list[Problem] = []
    lines: dict[tuple[str, str], tuple[Path, int]] = {}
    for file in manifests(folder):
        service = _read(file, problems, lines)
        if service is not None:
            services.append(service)
    problems += _conflicts(services, lines)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise Failure(
            f"the service manifests have {count}",
            reason="\n".join(str(problem) for problem in problems),
            next_step="correct the lines above; services/words/service.yaml explains every key",
        )
    if not services:
        raise Failure(
            f"no service found below {folder}",
            reason=f"A service is a folder with a {FILE_NAME}.",
            next_step="see services/README.md",
        )
    return services


def manifests(folder: Path) -> list[Path]:
    """Every manifest below `folder`, those that lead nowhere too: Terraform stumbles over them."""
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


def _read(file: Path, problems: list[Problem], lines: dict[tuple[str, str], tuple[Path, int]]) -> Service | None:
    name = file.parent.name
    found: list[Problem] = []

    def problem(line: int, text: str, fix: str) -> None:
        found.append(Problem(file, line, text, fix))

    if not NAME.fullmatch(name):
        problem(1, f"the folder's name {name!r} cannot be a service's name", "use 2 to 24 of a-z, 0-9 and -")
    try:
        text = _text(file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        different = list(yaml_text.differences(text))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        problem(mark.line + 1 if mark else 1, f"not valid YAML: {what}", "correct the syntax")
        problems += found
        return None
    except ValueError as error:
        problem(1, f"cannot be read: {error}", "make it a file that this user may read")
        problems += found
        return None
    if not isinstance(node, yaml.MappingNode):
        problem(1, "not a mapping of keys to values", "begin with `paths: [/api/NAME]`")
        problems += found
        return None
    for item in different:
        problem(item.line, item.text, item.fix)
    told = {item.index for item in different}
    values: dict[str, Any] = {}
    seen: set[str] = set()
    requests: yaml.Node | None = None
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problem(line, "a key that is a list or a mapping", f"known keys: {', '.join(CHECKS)}")
            continue
        key = str(key_node.value)
        if key not in CHECKS:
            near = difflib.get_close_matches(key, CHECKS, n=1)
            fix = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(CHECKS)}"
            problem(line, f"unknown key {key!r}", fix)
            continue
        if key in seen:
            problem(line, f"key {key!r} stands twice", "keep one of them")
        seen.add(key)
        if told & set(_indexes(value_node)):
            continue  # what it says is not clear before that is mended
        wrong = list(_wrong(key, value_node))
        for complaint in wrong:
            problem(*complaint)
        if not wrong:
            values[key] = _plain(value_node)
            for item in value_node.value if key == "paths" else ():
                lines[name, str(item.value)] = (file, item.start_mark.line + 1)
            if key == "smoke":
                requests = value_node
    if "paths" not in seen:
        problem(1, "the key 'paths' is missing", "add `paths: [/api/NAME]`")
    if "cpu" in values or "memory" in values:
        _check_size(values, node, problem)
    if requests is not None:
        at = [item.start_mark.line + 1 for item in requests.value] if isinstance(requests, yaml.SequenceNode) else []
        for number, text, fix in smoke_requests.problems(values["smoke"], values.get("paths", [ROOT_PATH])):
            problem(at[number] if at else requests.start_mark.line + 1, text, fix)
    problems += found
    if found:
        return None
    values["paths"] = tuple(values["paths"])
    values["smoke"] = smoke_requests.read(values.get("smoke", []))
    return Service(name=name, folder=file.parent, **values)


def _wrong(key: str, node: yaml.Node) -> Iterator[tuple[int, str, str]]:
    """What is wrong with the value of a key: line, what, and the mend."""
    line = node.start_mark.line + 1
    try:
        value = _plain(node)
    except ValueError as error:
        yield line, f"{key!r} has a value that YAML cannot read: {error}", "put text in quotes; see services/words"
        return
    complaint = CHECKS[key](value, _written(node, value))
    if complaint:
        yield line, *complaint
    elif key == "environment":
        names: set[str] = set()
        for name_node, text_node in node.value:
            name, text = _plain(name_node), _plain(text_node)
            complaint = variable(name, text, _written(text_node, text))
            if name in names:
                complaint = f"'environment' sets {name} twice", "keep one of them"
            names.add(name)
            if complaint:
                yield name_node.start_mark.line + 1, *complaint


def _written(node: yaml.Node, value: Any) -> str:
    """A value as it stands in the file; text in quotes."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not isinstance(value, str) else repr(value)


def _indexes(node: yaml.Node, above: tuple[int, ...] = ()) -> Iterator[int]:
    """Where in the text a value and all that is in it begin."""
    yield node.start_mark.index
    if id(node) not in above and not isinstance(node, yaml.ScalarNode):
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                yield from _indexes(part, (*above, id(node)))


def _plain(node: yaml.Node) -> Any:
    """The node's value. Raises `ValueError` where its text does not fit its type: 2020-13-45, or a tag of its own."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        # The constructor trusts that a tagged value has its type's form, and fails in as many ways as it does not.
        raise ValueError(getattr(error, "problem", None) or "it has not the form of its type") from error
    finally:
        loader.dispose()


def _check_size(values: dict[str, Any], node: yaml.MappingNode, problem: Callable[[int, str, str], None]) -> None:
    cpu, memory = values.get("cpu", 256), values.get("memory", 512)
    if memory not in FARGATE_MEMORY[cpu]:
        line = next(key.start_mark.line + 1 for key, _ in node.value if key.value in ("cpu", "memory"))
        allowed = ", ".join(str(size) for size in sorted(FARGATE_MEMORY[cpu]))
        problem(line, f"Fargate has no task of {cpu} CPU units and {memory} MiB", f"with {cpu} use memory: {allowed}")


def _conflicts(services: list[Service], lines: dict[tuple[str, str], tuple[Path, int]]) -> list[Problem]:
    problems: list[Problem] = []
    owner: dict[str, str] = {}
    rules: dict[int, tuple[str, str]] = {}
    for service in services:
        for path in service.paths:
            file, line = lines[service.name, path]
            if path in owner:
                first = f"services/{owner[path]}/{FILE_NAME}"
                problems.append(
                    Problem(
                        file, line, f"path {path!r} is already the path of {first}", "give one of them another path"
                    )
                )
                continue
            owner[path] = service.name
            if path == ROOT_PATH:
                continue
            priority = listener_priority(path)
            if priority in rules:
                other, other_path = rules[priority]
                text = f"path {path!r} and {other}'s {other_path!r} get the same listener priority {priority}"
                problems.append(Problem(file, line, text, "use a path of another length or spelling"))
            rules[priority] = (service.name, path)
    return problems
