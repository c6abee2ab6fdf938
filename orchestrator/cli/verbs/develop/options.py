"""What can be typed after the verbs for work on this project itself."""

from __future__ import annotations

import argparse
import difflib

from orchestrator.cli import verb
from orchestrator.cli.verb import PROGRAM, Parser, Verb
from orchestrator.cli.verbs.develop import pytest_options


def check(parser: Parser) -> None:
    """`check`."""
    verb.json(parser)
    parser.set_defaults(environment="local")


def test(parser: Parser) -> None:
    """`test`, and whatever pytest understands."""
    verb.json(parser)
    parser.set_defaults(environment="local")


def lock(parser: Parser) -> None:
    """`lock`."""
    parser.add_argument("service", help="the service")
    verb.json(parser)
    parser.set_defaults(environment="local")


def import_(parser: Parser) -> None:
    """`import copilot DIRECTORY`."""
    parser.add_argument("tool", choices=("copilot",), help="whose application it is: AWS Copilot's")
    parser.add_argument("directory", help="the folder in which copilot/ is")
    parser.add_argument("--to", metavar="FOLDER", help="where to write the services (services/)")
    parser.add_argument("--dry-run", action="store_true", help="print the report and write nothing")
    verb.json(parser)
    parser.set_defaults(environment=None)


def settle_test(options: argparse.Namespace) -> None:
    """What is no option of pytest's either is refused before all that pytest needs is installed. Raises `Failure`."""
    wrong = pytest_options.unknown(options.rest)
    if wrong:
        near = difflib.get_close_matches(wrong, ["--help", *pytest_options.OPTIONS], n=1)
        Parser(prog=f"{PROGRAM} test").error(
            f"unrecognized argument: {wrong}" + (f"; did you mean {near[0]}?" if near else "")
        )


VERBS = (
    Verb(
        "check", "linter, formats, types and generated pages: what a change has to pass before its tests are run", check
    ),
    Verb("lock", "a service's lock file: exact versions and hashes of the packages that it asks for", lock),
    Verb(
        "import", "an application of AWS Copilot as services of this project, and a report on each of its keys", import_
    ),
    Verb("test", "the whole test suite; further arguments go to pytest", test, settle=settle_test, takes_rest=True),
)
