"""One folder is one service: reads and checks every `services/<name>/service.yaml`.

The one schema for Python; Terraform reads the same files with the same defaults (terraform/modules/manifests/main.tf).
Every problem of every file is reported at once, with file, line and the mend.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from orchestrator import paths
from orchestrator.errors import Failure

FILE_NAME = "service.yaml"
ROOT_PATH = "/"

# AWS Fargate's pairs of CPU units and memory in MiB (Amazon ECS developer guide, "Task CPU and memory").
FARGATE_MEMORY: Mapping[int, frozenset[int]] = {
    256: frozenset({512, 1024, 2048}),
    512: frozenset(range(1024, 4096 + 1, 1024)),
    1024: frozenset(range(2048, 8192 + 1, 1024)),
    2048: frozenset(range(4096, 16384 + 1, 1024)),
    4096: frozenset(range(8192, 30720 + 1, 1024)),
    8192: frozenset(range(16384, 61440 + 1, 4096)),
    16384: frozenset(range(32768, 122880 + 1, 8192)),
}
# Terraform sets these in every container.
RESERVED_VARIABLES = frozenset(
    {"SERVICE_NAME", "ENVIRONMENT", "PORT", "BASE_PATH", "IMAGE_DIGEST", "AWS_REGION", "STORIES_TABLE"}
)
TABLE_ACCESS = ("none", "read-only", "read-write")
NAME = re.compile(r"[a-z][a-z0-9-]{0,22}[a-z0-9]")  # 24: a target group's name holds it beside the environment's
PATH_PREFIX = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")


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
    for file in sorted(folder.glob(f"*/{FILE_NAME}")):
        service = _read(file, problems, lines)
        if service is not None:
            services.append(service)
    problems += _conflicts(services, lines)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise Failure(
            f"the service manifests have {count}",
            reason="\n".join(str(problem) for problem in problems),
            next_step="mend the lines above; services/words/service.yaml explains every key",
        )
    if not services:
        raise Failure(
            f"no service found below {folder}",
            reason=f"A service is a folder with a {FILE_NAME}.",
            next_step="see services/README.md",
        )
    return services


def _read(file: Path, problems: list[Problem], lines: dict[tuple[str, str], tuple[Path, int]]) -> Service | None:
    name = file.parent.name
    found: list[Problem] = []

    def problem(line: int, text: str, fix: str) -> None:
        found.append(Problem(file, line, text, fix))

    if not NAME.fullmatch(name):
        problem(1, f"the folder's name {name!r} cannot be a service's name", "use 2 to 24 of a-z, 0-9 and -")
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        problem(1, f"cannot be read: {error.strerror}", "make it a file that this user may read")
        problems += found
        return None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        problem(mark.line + 1 if mark else 1, f"not valid YAML: {what}", "mend the syntax")
        problems += found
        return None
    values: dict[str, Any] = {}
    if not isinstance(node, yaml.MappingNode):
        problem(1, "not a mapping of keys to values", "begin with `paths: [/api/NAME]`")
        problems += found
        return None
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
        if key in values:
            problem(line, f"key {key!r} stands twice", "keep one of them")
        try:
            value = _plain(value_node)
            complaint = CHECKS[key](value)
        except ValueError as error:
            complaint = f"{key!r} has a value that YAML cannot read: {error}", "put text in quotes; see services/words"
        if complaint:
            problem(line, *complaint)
        else:
            values[key] = value
        if key == "paths" and not complaint:
            for item in value_node.value:
                lines[name, str(item.value)] = (file, item.start_mark.line + 1)
    if "paths" not in values and not any("'paths'" in item.text or "paths " in item.text for item in found):
        problem(1, "the key 'paths' is missing", "add `paths: [/api/NAME]`")
    if "cpu" in values or "memory" in values:
        _check_size(values, node, problem)
    problems += found
    if found:
        return None
    values["paths"] = tuple(values["paths"])
    return Service(name=name, folder=file.parent, **values)


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


# --- one check per key: None when the value is right, else what is wrong and the mend ------------------------------

Complaint = tuple[str, str] | None


def _whole(key: str, low: int, high: int) -> Callable[[Any], Complaint]:
    def check(value: Any) -> Complaint:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{key!r} is {_kind(value)}, not a whole number", f"write a number from {low} to {high}, unquoted"
        if not low <= value <= high:
            return f"{key!r} is {value}", f"use {low} to {high}"
        return None

    return check


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true/false", int: "a number", float: "a decimal", list: "a list", dict: "a mapping"}
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def _paths(value: Any) -> Complaint:
    if not isinstance(value, list) or not value:
        return f"'paths' is {_kind(value) if value != [] else 'an empty list'}", "write a list: [/api/NAME]"
    for path in value:
        if not isinstance(path, str) or not PATH_PREFIX.fullmatch(path):
            fix = "begin with /, no trailing / and no wildcard: /api/words covers /api/words/*"
            return f"'paths' holds {path!r}, which is not a path prefix", fix
        if len(path) > 126:
            return f"'paths' holds a prefix of {len(path)} characters", "a listener rule takes 126 beside its /*"
    if len(set(value)) != len(value):
        return "'paths' holds a path twice", "keep one of them"
    return None


def _health(value: Any) -> Complaint:
    if isinstance(value, str) and re.fullmatch(r"/[A-Za-z0-9._~/-]*", value):
        return None
    return f"'health' is {value!r}, not a path", "write a path like /healthz"


def _cpu(value: Any) -> Complaint:
    if isinstance(value, int) and value in FARGATE_MEMORY:
        return None
    return f"'cpu' is {value!r}", f"use one of {', '.join(map(str, FARGATE_MEMORY))}, unquoted"


def _environment(value: Any) -> Complaint:
    if not isinstance(value, dict):
        return f"'environment' is {_kind(value)}, not a mapping", "write NAME: value lines below it"
    for name, text in value.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            return f"'environment' holds the name {name!r}", "use letters, digits and _"
        if name in RESERVED_VARIABLES:
            return f"'environment' sets {name}, which Terraform sets", "choose another name"
        if not isinstance(text, str):
            return f"'environment' sets {name} to {_kind(text)}, not text", f'quote it: {name}: "{text}"'
    return None


def _table(value: Any) -> Complaint:
    if value in TABLE_ACCESS:
        return None
    return f"'table' is {value!r}", f"use one of {', '.join(TABLE_ACCESS)}"


CHECKS: Mapping[str, Callable[[Any], Complaint]] = {
    "paths": _paths,
    "port": _whole("port", 1024, 65535),
    "cpu": _cpu,
    "memory": _whole("memory", 512, 122880),
    "count": _whole("count", 0, 100),
    "health": _health,
    "environment": _environment,
    "table": _table,
}
