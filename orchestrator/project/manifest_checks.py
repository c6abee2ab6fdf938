"""What each key of a service.yaml may hold: one check per key, each with what is wrong and the mend."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

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
PATH_PREFIX = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")

# None when the value is right, else what is wrong and the mend. A check gets the value and how it is written.
Complaint = tuple[str, str] | None
Check = Callable[[Any, str], Complaint]


def _whole(key: str, low: int, high: int) -> Check:
    def check(value: Any, written: str) -> Complaint:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{key!r} is {kind(value)}, not a whole number", f"write a number from {low} to {high}, unquoted"
        if not low <= value <= high:
            return f"{key!r} is {written}", f"use {low} to {high}"
        return None

    return check


def kind(value: Any) -> str:
    """What a value is, in words."""
    names: dict[type, str] = {
        str: "text", bool: "true/false", int: "a number", float: "a decimal", list: "a list", dict: "a mapping",
        datetime.date: "a date", datetime.datetime: "a time",
    }  # fmt: skip
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def _paths(value: Any, written: str) -> Complaint:
    if not isinstance(value, list) or not value:
        return f"'paths' is {kind(value) if value != [] else 'an empty list'}", "write a list: [/api/NAME]"
    for path in value:
        if not isinstance(path, str) or not PATH_PREFIX.fullmatch(path):
            fix = "begin with /, no trailing / and no wildcard: /api/words covers /api/words/*"
            return f"'paths' holds {path!r}, which is not a path prefix", fix
        if len(path) > 126:
            return f"'paths' holds a prefix of {len(path)} characters", "a listener rule takes 126 beside its /*"
    if len(set(value)) != len(value):
        return "'paths' holds a path twice", "keep one of them"
    return None


def _health(value: Any, written: str) -> Complaint:
    if isinstance(value, str) and re.fullmatch(r"/[A-Za-z0-9._~/-]*", value):
        return None
    return f"'health' is {written}, not a path", "write a path like /healthz"


def _cpu(value: Any, written: str) -> Complaint:
    if isinstance(value, int) and value in FARGATE_MEMORY:
        return None
    return f"'cpu' is {written}", f"use one of {', '.join(map(str, FARGATE_MEMORY))}, unquoted"


def _environment(value: Any, written: str) -> Complaint:
    if not isinstance(value, dict):
        return f"'environment' is {kind(value)}, not a mapping", "write NAME: value lines below it"
    return None


def variable(name: Any, text: Any, written: str) -> Complaint:
    """The check of one variable below `environment`."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f"'environment' holds the name {name!r}", "use letters, digits and _"
    if name in RESERVED_VARIABLES:
        return f"'environment' sets {name}, which Terraform sets", "choose another name"
    if not isinstance(text, str):
        fix = f'quote it: {name}: "{written}"' if not isinstance(text, (list, dict)) else "write text"
        return f"'environment' sets {name} to {kind(text)}, not text", fix
    if "\0" in text:
        return f"'environment' sets {name} to text with a NUL in it, which no variable can hold", "leave it out"
    return None


def _table(value: Any, written: str) -> Complaint:
    if isinstance(value, str) and value in TABLE_ACCESS:
        return None
    return f"'table' is {written}", f"use one of {', '.join(TABLE_ACCESS)}"


def _smoke(value: Any, written: str) -> Complaint:
    return None  # its requests are checked one by one, each with its line


CHECKS: Mapping[str, Check] = {
    "paths": _paths,
    "port": _whole("port", 1024, 65535),
    "cpu": _cpu,
    "memory": _whole("memory", 512, 122880),
    "count": _whole("count", 0, 100),
    "health": _health,
    "environment": _environment,
    "table": _table,
    "smoke": _smoke,
}
