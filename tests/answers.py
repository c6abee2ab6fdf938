"""What a command printed with `--json`, held against what is declared of it (orchestrator/cli/answers)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from operator import or_
from typing import Any

from pydantic import TypeAdapter, ValidationError

from orchestrator.cli.answers.common import Ended
from orchestrator.cli.answers.every import ANSWERS, LINES

# What others wrote: variables, lines of logs, values of plans, what was typed, what a step printed.
OF_OTHERS = frozenset({
    "arguments", "coverage", "deploys", "details", "findings", "left_out", "message", "output", "review", "settings",
})  # fmt: skip


def asks(arguments: Sequence[str]) -> bool:
    """True if that command line asks for JSON."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own


def read(verb: str, printed: str) -> Any:
    """The answer of a command, which is one JSON object as it is declared."""
    _fits(printed, (*ANSWERS[verb], *failed(printed)))
    return json.loads(printed)


def lines(verb: str, printed: str) -> list[Any]:
    """The lines of a command, of which the last one may be a failure."""
    found = printed.splitlines()
    for line in found:
        _fits(line, (*LINES[verb], *failed(line)))
    return [json.loads(line) for line in found]


def hold(arguments: Sequence[str], printed: str) -> None:
    """Fail if what that command line printed is not as it is declared. Without `--json` anything goes."""
    if not asks(arguments):
        return
    if arguments[0] == "logs" or "--watch" in arguments:
        lines(arguments[0], printed)
    elif printed:  # killed, it prints nothing
        read(arguments[0], printed)


def failed(text: str) -> tuple[type[Ended], ...]:
    """What may be printed instead of everything else, if it says why."""
    return (Ended,) if json.loads(text).get("error") else ()


def blank(value: Any, place: str = "") -> Iterator[str]:
    """Where a text is empty that is not somebody else's: what is not known is null."""
    if isinstance(value, dict):
        for name, part in value.items():
            if part == "" and name not in OF_OTHERS:
                yield f"{place}.{name}"
            elif name not in OF_OTHERS:
                yield from blank(part, f"{place}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from blank(part, place)


def _fits(text: str, kinds: tuple[type, ...]) -> None:
    try:
        _adapter(kinds).validate_json(text, strict=True)
    except ValidationError as wrong:
        raise AssertionError(f"{wrong}\nin: {text}") from wrong
    assert list(blank(json.loads(text))) == [], text


@cache
def _adapter(kinds: tuple[type, ...]) -> TypeAdapter[Any]:
    either: Any = reduce(or_, kinds)
    return TypeAdapter(either)
