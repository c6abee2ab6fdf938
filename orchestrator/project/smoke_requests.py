"""The requests of a manifest's `smoke`: what a version must answer before it is called live.

smoke:
  - post: "{base}"                         # {base} is the first of the service's paths
    body: {text: hello}
    status: 201                            # without it any 2xx or 3xx will do
    keep: {place: header Location}         # for the requests behind it: {place}
  - get: "{place}"
    json: {text: hello, id: "*"}           # what the answer must hold, perhaps among other things
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "delete")
KEYS = (*METHODS, "status", "json", "contains", "body", "headers", "keep")
ANYTHING = "*"
BASE = "base"
_REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATH = re.compile(r"(/|\{[A-Za-z_][A-Za-z0-9_]*\})[^\s#]*")
_SOURCE = re.compile(r"(header|json) (\S+)")
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
# The same as a JSON Schema, as far as one can say it: not which names an earlier request keeps.
SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{method: {"type": "string", "pattern": f"^{_PATH.pattern}$"} for method in METHODS},
            "status": {"type": "integer", "minimum": 200, "maximum": 599},
            "json": {},
            "contains": {"type": "string"},
            "body": {},
            "headers": _TEXTS,
            "keep": {"type": "object", "additionalProperties": {"type": "string", "pattern": f"^{_SOURCE.pattern}$"}},
        },
        "oneOf": [{"required": [method]} for method in METHODS],
        # Only these carry a body.
        "if": {"required": ["body"]},
        "then": {"anyOf": [{"required": ["post"]}, {"required": ["put"]}]},
    },
}


@dataclass(frozen=True)
class SmokeRequest:
    """One request and what its answer must be. `None` is not asked for.

    `json` is what the answer's JSON must hold: of a mapping these keys, of a list as many elements, "*" is anything.
    `keep` gives names to parts of the answer: `header NAME`, or `json NAME` for a key of its JSON.
    """

    method: str
    path: str
    status: int | None = None
    json: Any = None
    contains: str | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)


def read(items: Sequence[Mapping[str, Any]]) -> tuple[SmokeRequest, ...]:
    """The requests of a list that `problems` has nothing to say of."""
    found = []
    for item in items:
        method = next(key for key in METHODS if key in item)
        found.append(SmokeRequest(method.upper(), item[method], **{k: v for k, v in item.items() if k not in METHODS}))
    return tuple(found)


def problems(items: Any, paths: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with the value of `smoke`: number of the request, what, and how to correct it."""
    if not isinstance(items, list):
        yield 0, "'smoke' is not a list", "write a list of requests: - get: /api/NAME"
        return
    known = {BASE}
    for number, item in enumerate(items):
        yield from ((number, *problem) for problem in _problems(item, paths, known))
        if isinstance(item, dict) and isinstance(item.get("keep"), dict):
            known |= {str(name) for name in item["keep"]}


def _problems(item: Any, paths: Sequence[str], known: set[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(item, dict):
        yield "'smoke' holds something that is no request", "write a mapping: get: /api/NAME"
        return
    for key in item:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, n=1)
            yield (
                f"'smoke' holds a request with the unknown key {key!r}",
                f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(KEYS)}",
            )
    methods = [key for key in METHODS if key in item]
    if len(methods) != 1:
        how_many = "no method" if not methods else "more than one method"
        yield f"'smoke' holds a request with {how_many}", f"give it one of {', '.join(METHODS)}, with a path"
        return
    yield from _path_problems(item[methods[0]], paths)
    if "body" in item and methods[0] not in ("post", "put"):
        yield f"'smoke' gives a {methods[0]} a body", "leave the body out, or use post or put"
    status = item.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        yield f"'smoke' expects the status {status!r}", "use a number from 200 to 599"
    if not isinstance(item.get("contains", ""), str):
        yield "'smoke' expects an answer that contains something that is not text", "put it in quotes"
    for key in ("json", "body"):
        if not _is_json(item.get(key)):
            yield f"'smoke' has a {key} that JSON cannot hold", "use texts, numbers, true, false, lists and mappings"
    for key in ("headers", "keep"):
        value = item.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(part, str) for pair in value.items() for part in pair):
            yield f"'smoke' has {key} that are not a mapping of texts", f"write {key}: {{NAME: text}}"
        elif key == "keep" and not all(_SOURCE.fullmatch(source) for source in value.values()):
            yield "'smoke' keeps something else than a part of an answer", "write header NAME or json NAME"
    asked = {name for key in (methods[0], "headers", "body") for name in _references(item.get(key))}
    for name in sorted(asked - known):
        yield f"'smoke' uses {{{name}}}, which no request before has kept", f"known here: {', '.join(sorted(known))}"


def _path_problems(path: Any, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        yield f"'smoke' asks for {path!r}, which is not a path", "begin with /, or with {base}"
    elif path.startswith("/") and not any(is_below(path.partition("?")[0], own) for own in paths):
        yield f"'smoke' asks for {path!r}, which goes to another service", f"use a path below {' or '.join(paths)}"


def is_below(path: str, prefix: str) -> bool:
    """True if the load balancer routes `path` by that prefix."""
    return prefix == "/" or path == prefix or path.startswith(f"{prefix}/")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with every reference replaced; texts in lists and mappings too. An unknown name stays as it is."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: names.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {key: filled(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, names) for part in value]
    return value


def difference(expected: Any, found: Any, where: str = "") -> str | None:
    """How `found` fails to hold what is `expected`, or None if it holds it."""
    place = where or "it"
    if expected == ANYTHING and isinstance(expected, str):
        return None if found is not None else f"{place} is null"
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return f"{place} is {_short(found)}, not a mapping"
        for key, value in expected.items():
            name = f"{where}.{key}" if where else str(key)
            if key not in found:
                return f"{name} is missing"
            if told := difference(value, found[key], name):
                return told
        return None
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return f"{place} is {_short(found)}, not a list of {len(expected)}"
        for number, value in enumerate(expected):
            if told := difference(value, found[number], f"{where}[{number}]"):
                return told
        return None
    same = expected == found and isinstance(expected, bool) == isinstance(found, bool)
    return None if same else f"{place} is {_short(found)}, not {_short(expected)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(part) for key, part in value.items())
    if isinstance(value, list):
        return all(_is_json(part) for part in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, bool, int))
