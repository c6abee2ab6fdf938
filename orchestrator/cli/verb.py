"""How a verb is declared: what it is called, what it is for, and what can be typed after it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.system import plain

LONGEST_REASON = 500
# The environment that is meant where none is typed.
USUAL_ENVIRONMENT = "local"
# As it can be typed.
PROGRAM = "python3 orchestrate.py"


def _nothing(options: argparse.Namespace) -> None:
    """Leave the options as they are."""


def _anything(options: argparse.Namespace, environment: Environment | None) -> None:
    """Refuse nothing."""


@dataclass(frozen=True)
class Verb:
    """A verb, declared in the `options` module of its folder; `run` of the module with its name carries it out.

    `begins` is what it does before it can say anything, shown to whoever waits for its first line.
    `options` adds its arguments to a parser; with `takes_rest` what they leave is kept as `rest`, with `takes_command`
    what stands behind `--` as `command`. `settle` may change
    what was understood before the environment is read, `refuse` raises `Failure` for what can be typed and is wrong all
    the same. None of them needs a package: they work before `.venv` is made.
    """

    name: str
    summary: str
    options: Callable[[Parser], None]
    begins: str = ""
    starts_terraform: bool = False
    needs_temporary_files: bool = True
    takes_rest: bool = False
    takes_command: bool = False
    settle: Callable[[argparse.Namespace], None] = _nothing
    refuse: Callable[[argparse.Namespace, Environment | None], None] = _anything


class Parser(argparse.ArgumentParser):
    """argparse with this program's exit code and manner for wrong usage."""

    def names(self) -> list[str]:
        """The options that can be typed."""
        return list(self._option_string_actions)

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise `Failure` instead of printing and leaving."""
        raise Failure(
            f"wrong usage: {message}",
            next_step=f"{self.prog} --help",
            exit_code=ExitCode.USAGE,
        )


def environment(parser: Parser) -> None:
    """The environment, `local` if it is left out, and `--json`."""
    parser.add_argument(
        "environment", nargs="?", default=USUAL_ENVIRONMENT, help="local (default), staging, production"
    )
    json(parser)


def json(parser: argparse._ActionsContainer) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")


def yes(parser: Parser, text: str) -> None:
    """`--yes`; `text` says what is done without asking."""
    parser.add_argument("--yes", action="store_true", help=text)


def verbose(parser: Parser) -> None:
    """`--verbose`, for every verb that applies a plan."""
    parser.add_argument(
        "--verbose", action="store_true", help="on a terminal, a line for each resource and finding, as in a log"
    )


def settle_release(options: argparse.Namespace) -> None:
    """`rollback staging` and `releases staging` mean the environment."""
    if options.release in environments.known() and options.environment == USUAL_ENVIRONMENT:
        options.release, options.environment = None, options.release


def despite_freeze(parser: Parser) -> None:
    """`--despite-freeze`, for every verb that a freeze stops."""
    parser.add_argument(
        "--despite-freeze", type=reason, metavar="REASON",
        help="go on although the environment is frozen; the reason is shown and recorded",
    )  # fmt: skip


def reason(text: str) -> str:
    """A reason that others read: one line, fit for any terminal. Raises `ArgumentTypeError`."""
    line = " ".join(plain.lines(text)).strip()
    if not line:
        raise argparse.ArgumentTypeError("it is empty, and others read it to know what to do")
    if len(line) > LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"it has {len(line)} characters; {LONGEST_REASON} are enough")
    return line
