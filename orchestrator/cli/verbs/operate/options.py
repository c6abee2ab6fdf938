"""What can be typed after the verbs for an environment that is up."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment


def refuse_stop(options: argparse.Namespace, environment: Environment | None) -> None:
    """What is on AWS does not stop. Raises `Failure`."""
    if environment is not None and not environment.place.can_stop:
        raise Failure(
            f"{environment.name} is on AWS and does not stop",
            reason="`stop` is for the local environment.",
            next_step=f"python3 orchestrate.py down {environment.name} removes it",
            exit_code=ExitCode.USAGE,
        )


def freeze(parser: Parser) -> None:
    """`freeze [ENVIRONMENT] --reason TEXT`."""
    verb.environment(parser)
    parser.add_argument(
        "--reason", type=verb.reason, required=True, metavar="TEXT", help="why, for whoever is stopped by it"
    )


VERBS = (
    Verb(
        "stop",
        "local: stop containers and emulator, keep the stories for the next `up`",
        verb.environment,
        refuse=refuse_stop,
    ),
    Verb("freeze", "let nothing be deployed to the environment until `unfreeze`", freeze),
    Verb("unfreeze", "lift the freeze", verb.environment),
)
