"""What can be typed after the verbs that look; `doctor --fix` alone changes something, on this machine."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.running import log_since


def logs(parser: Parser) -> None:
    """`logs [SERVICE] [ENVIRONMENT]`."""
    parser.add_argument("service", nargs="?", help="one service; all of them if left out")
    verb.environment(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--follow", "-f", action="store_true", help="keep printing new lines until Ctrl-C")
    which.add_argument("--failed", action="store_true", help="what the tasks of the last failed deploy wrote")
    parser.add_argument(
        "--since", type=_since, metavar="TIME", help="how far back to begin: 90s, 10m (the default), 2h, 3d"
    )


def _since(text: str) -> int:
    try:
        return log_since.seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def releases(parser: Parser) -> None:
    """`releases [RELEASE] [ENVIRONMENT]`."""
    parser.add_argument("release", nargs="?", help="r7 or 7: this one alone, and its picture; all of them if left out")
    verb.environment(parser)
    parser.add_argument("--audit", action="store_true", help="every command that changed the environment instead")


def refuse_releases(options: argparse.Namespace, environment: Environment | None) -> None:
    """A record is a command's and not a release's. Raises `Failure`."""
    if options.audit and options.release is not None:
        raise Failure(
            "wrong usage: --audit shows commands, and one release was named",
            reason="The record of the command that made it is shown with the release.",
            next_step="leave one of them out",
            exit_code=ExitCode.USAGE,
        )


def settle_logs(options: argparse.Namespace) -> None:
    """`logs staging` means the environment."""
    if options.service in environments.known() and options.environment == "local":
        options.service, options.environment = None, options.service


def refuse_logs(options: argparse.Namespace, environment: Environment | None) -> None:
    """A failed task's lines are all shown, however old they are. Raises `Failure`."""
    if options.failed and options.since is not None:
        raise Failure(
            "wrong usage: --failed shows all lines of the failed task",
            reason="--since would leave some of them out.",
            next_step="leave one of them out",
            exit_code=ExitCode.USAGE,
        )


def doctor(parser: Parser) -> None:
    """`doctor [ENVIRONMENT]`."""
    verb.environment(parser)
    parser.add_argument(
        "--fix", action="store_true",
        help="make .venv, install or start the container engine, install git; then look again",
    )  # fmt: skip


def diff(parser: Parser) -> None:
    """`diff [ENVIRONMENT]`."""
    verb.environment(parser)
    parser.add_argument("--detailed-exitcode", action="store_true", help="exit 2 if there are differences, as `plan`")


VERBS = (
    Verb(
        "status", "services, tasks, images, release, target health, URL", verb.environment, begins="reading what runs"
    ),
    Verb(
        "releases",
        "what was deployed, proven or failed and why, and what is live",
        releases,
        begins="reading its releases",
        settle=verb.settle_release,
        refuse=refuse_releases,
    ),
    Verb(
        "logs",
        "what the services' containers wrote",
        logs,
        begins="reading what its containers wrote",
        settle=settle_logs,
        refuse=refuse_logs,
    ),
    Verb(
        "diff",
        "what runs against what the checkout says, per service; plans and builds nothing",
        diff,
        begins="reading the checkout and what runs",
    ),
    Verb(
        "images",
        "per service: tag, digest, built or not, what changed since the deployed one; builds nothing",
        verb.environment,
        begins="reading the checkout and its images",
    ),
    Verb(
        "verify",
        "whether an environment in AWS is as its tasks and the next deploy need it; changes nothing",
        verb.environment,
        begins="reading what its tasks and the next deploy need",
    ),
    Verb(
        "doctor",
        "what this machine has and lacks, and the command that gets it; touches nothing without --fix",
        doctor,
        begins="looking at this machine",
        needs_temporary_files=False,
    ),
)
