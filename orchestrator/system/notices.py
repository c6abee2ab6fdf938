"""Lines and questions for the person from code that has no console: what happens deep down."""

from __future__ import annotations

import sys
from collections.abc import Callable

_say: Callable[[str], None] | None = None
_quietly: Callable[[Callable[[], str]], str] | None = None


def install(say: Callable[[str], None], quietly: Callable[[Callable[[], str]], str]) -> None:
    """From now on notices are printed by `say`, and questions asked by `quietly`, which prints nothing meanwhile."""
    global _say, _quietly
    _say, _quietly = say, quietly


def say(text: str) -> None:
    """Print the line; nothing where this is no program with a console."""
    if _say is not None:
        _say(text)


def can_ask() -> bool:
    """True if there is somebody who can answer."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: Callable[[], str]) -> str:
    """What the question returns, with nothing else printed until it is answered."""
    return question() if _quietly is None else _quietly(question)
