"""What can be typed after the verbs that look and change nothing."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.project import environment as environments


def logs(parser: Parser) -> None:
    """`logs [SERVICE] [ENVIRONMENT]`."""
    parser.add_argument("service", nargs="?", help="one service; all of them if left out")
    verb.environment(parser)
    parser.add_argument("--follow", "-f", action="store_true", help="keep printing new lines until Ctrl-C")
    parser.add_argument("--since", type=int, default=10, metavar="MINUTES", help="how far back to begin (10)")


def releases(parser: Parser) -> None:
    """`releases [ENVIRONMENT]`."""
    verb.environment(parser)
    parser.add_argument("--audit", action="store_true", help="every command that changed the environment instead")


def settle_logs(options: argparse.Namespace) -> None:
    """`logs staging` means the environment."""
    if options.service in environments.known() and options.environment == "local":
        options.service, options.environment = None, options.service


VERBS = (
    Verb("status", "services, tasks, images, release, target health, URL", verb.environment),
    Verb("logs", "what the services' containers wrote", logs, settle=settle_logs),
    Verb("releases", "what was deployed, proven or failed and why, and what is live", releases),
    Verb(
        "images",
        "per service: tag, digest, built or not, what changed since the deployed one; builds nothing",
        verb.environment,
    ),
    Verb(
        "doctor",
        "what this machine has and lacks, and the command that gets it; touches nothing",
        verb.environment,
        needs_temporary_files=False,
    ),
)
