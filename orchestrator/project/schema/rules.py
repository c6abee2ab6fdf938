"""What values may hold beyond their type: each rule raises what is wrong and how to correct it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

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
PATH_PREFIX = r"/|(/[A-Za-z0-9._~-]+)+"
VARIABLE_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
URL_PATH = r"/[A-Za-z0-9._~/-]*"
# "P/*" must fit in the 128 characters of a path condition.
LONGEST_PATH = 126
# What stands in a message for the value as it is written in the file.
WRITTEN = "\0written\0"


def wrong(text: str, fix: str) -> NoReturn:
    """Refuse a value: what is wrong, and how to correct it."""
    raise PydanticCustomError("rule", "{text}", {"text": text, "fix": fix})


def kind(value: Any) -> str:
    """What a value is, in words."""
    names: dict[type, str] = {
        str: "text", bool: "true/false", int: "a number", float: "a decimal", list: "a list", dict: "a mapping",
        datetime.date: "a date", datetime.datetime: "a time",
    }  # fmt: skip
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def about(
    description: str, *, example: str = "", form: str = "", low: int | None = None, high: int | None = None, **more: Any
) -> Any:
    """What the schema says of a key beside its type: description, an example in YAML, what its text is called."""
    extra: dict[str, Any] = {name: value for name, value in (("example", example), ("form", form)) if value}
    return Field(description=description, ge=low, le=high, json_schema_extra=extra or None, **more)


def matching(pattern: str, form: str, example: str) -> tuple[Any, Any]:
    """For a text that has a form: the check, and what an editor is given."""

    def check(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        wrong(f"{{label}} is {WRITTEN}, not {form}", f"write {form} like {example}")

    return BeforeValidator(check), WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


def _path_prefix(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(PATH_PREFIX, value):
        fix = "begin with /, no trailing / and no wildcard: /api/words covers /api/words/*"
        wrong(f"'paths' holds {value!r}, which is not a path prefix", fix)
    if len(value) > LONGEST_PATH:
        wrong(f"'paths' holds a prefix of {len(value)} characters", f"a listener rule takes {LONGEST_PATH} beside /*")
    return value


def _paths(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or (not value and isinstance(value, list)):
        wrong(f"'paths' is {kind(value) if value != [] else 'an empty list'}", "write a list: [/api/NAME]")
    if len({str(path) for path in value}) != len(value):
        wrong("'paths' holds a path twice", "keep one of them")
    return value


def _cpu(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in FARGATE_MEMORY:
        return value
    wrong(f"{{label}} is {WRITTEN}", f"use one of {', '.join(map(str, FARGATE_MEMORY))}, unquoted")


def _variable_name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(VARIABLE_NAME, value):
        wrong(f"{{label}} holds the name {value!r}", "use letters, digits and _")
    if value in RESERVED_VARIABLES:
        wrong(f"{{label}} sets {value}, which Terraform sets", "choose another name")
    return value


def _without_nul(value: str) -> str:
    if "\0" in value:
        wrong("{label} to text with a NUL in it, which no variable can hold", "leave it out")
    return value


def _shape(kind: str, **more: Any) -> WithJsonSchema:
    """What an editor is given where the check is a function."""
    return WithJsonSchema({"type": kind, **more})


SHORT_NAME = r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?"


def _name(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(SHORT_NAME, value):
        return value
    wrong(f"{{label}} is called {value!r}", "use 1 to 20 of a-z, 0-9 and -, beginning with a letter")


LOWEST_PORT, HIGHEST_PORT = 1024, 65535
# The same numbers as a pattern, for an editor sees the name of a key as text.
_PORT = (
    "102[4-9]|10[3-9][0-9]|1[1-9][0-9]{2}|[2-9][0-9]{3}|"
    "[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
)


def _port(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and LOWEST_PORT <= value <= HIGHEST_PORT:
        return value
    wrong(f"{{label}} names the port {value!r}", f"use a whole number from {LOWEST_PORT} to {HIGHEST_PORT}, unquoted")


PORT_RULE = (BeforeValidator(_port), _shape("string", pattern=f"^({_PORT})$"))
NAME_RULE = (BeforeValidator(_name), _shape("string", pattern=f"^{SHORT_NAME}$"))
PATH_RULE = (BeforeValidator(_path_prefix), _shape("string", pattern=f"^({PATH_PREFIX})$", maxLength=LONGEST_PATH))
PATHS_RULE = (BeforeValidator(_paths), Field(json_schema_extra={"minItems": 1, "uniqueItems": True}))
CPU_RULE = (BeforeValidator(_cpu), _shape("integer", enum=list(FARGATE_MEMORY)))
VARIABLE_NAME_RULE = (
    BeforeValidator(_variable_name),
    _shape("string", pattern=f"^(?!({'|'.join(sorted(RESERVED_VARIABLES))})$){VARIABLE_NAME}$"),
)
VARIABLE_RULE = (AfterValidator(_without_nul), _shape("string", pattern="^[^\\u0000]*$"))


def size_problem(cpu: int, memory: int) -> tuple[str, str] | None:
    """What is wrong with a task of this size, and how to correct it."""
    if memory in FARGATE_MEMORY[cpu]:
        return None
    allowed = ", ".join(str(size) for size in sorted(FARGATE_MEMORY[cpu]))
    return f"Fargate has no task of {cpu} CPU units and {memory} MiB", f"with {cpu} use memory: {allowed}"
