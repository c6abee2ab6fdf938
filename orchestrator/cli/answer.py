"""What `--json` prints: one JSON object for every command, however it ends.

The command's own fields (docs/json.md) are between the environment that was named and how it ended. A command that
prints a stream of lines ends it with such an object only if it fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.console import Console
from orchestrator.errors import Failure

OPTION = "--json"


def is_wanted(arguments: Sequence[str]) -> bool:
    """True if it was typed, however wrong the rest is. What stands behind `--` is another program's."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return OPTION in own


def whole(answer: Mapping[str, Any], exit_code: int, failure: Failure | None) -> dict[str, Any]:
    """A command's own fields with what every answer has. What a command says itself of its failure stays."""
    error = answer.get("error") or (failure.as_json() if failure else None)
    return {"environment": None, **answer, "exit_code": int(exit_code), "error": error}


def end(console: Console, exit_code: int, failure: Failure | None) -> None:
    """Print the answer. One that is an error alone is a line, so that it may end a stream as well."""
    own = console.answer.keys() - {"environment"}
    if not own and failure is None:
        return  # a stream, and it is at its end
    told = whole(console.answer, exit_code, failure)
    if own:
        console.data(json.dumps(told, indent=2, ensure_ascii=False, default=str))
    else:
        console.json_line(told)


def failed(failure: Failure, arguments: Sequence[str]) -> int:
    """Tell a failure from before any command has begun. Returns its exit code."""
    console = Console()
    console.failure(failure)
    if is_wanted(arguments):
        end(console, int(failure.exit_code), failure)
    return int(failure.exit_code)
