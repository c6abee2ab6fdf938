"""What can be typed after the verbs that change what runs."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment


def up(parser: Parser) -> None:
    """`up [ENVIRONMENT]`."""
    verb.environment(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)
    verb.verbose(parser)
    parser.add_argument(
        "--service",
        action="append",
        default=[],
        metavar="NAME",
        help="deploy this service alone (repeatable); refused if the plan changes anything else",
    )
    parser.add_argument(
        "--if-changed",
        action="store_true",
        help="no plan where nothing that it is made of has changed since the last release; changes by hand go unseen",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="then serve what is saved in a service's app/ at once, until Ctrl-C, which deploys it (local only)",
    )


def refuse_up(options: argparse.Namespace, environment: Environment | None) -> None:
    """Files can be copied only into tasks that run on this machine."""
    if options.watch and environment is not None and not environment.place.runs_tasks_here:
        raise Failure(
            f"--watch is for the local environment, and {environment.name} is on AWS",
            reason="It copies files into the tasks that run.",
            next_step=f"python3 orchestrate.py up {environment.name}",
            exit_code=ExitCode.USAGE,
        )


def plan(parser: Parser) -> None:
    """`plan [ENVIRONMENT]`."""
    verb.environment(parser)
    parser.add_argument(
        "--detailed-exitcode", action="store_true", help="exit 2 if there are changes, as Terraform does"
    )
    parser.add_argument(
        "--no-build",
        action="store_true",
        help="build nothing: plan with the images that are there, name the others",
    )
    parser.add_argument("--out", metavar="FOLDER", help="where to write the bundle (.storyizer/ENVIRONMENT/bundle)")


def apply(parser: Parser) -> None:
    """`apply BUNDLE [ENVIRONMENT]`."""
    parser.add_argument("bundle", help="the folder that `plan` wrote")
    parser.add_argument("environment", nargs="?", help="refuse a bundle that is for another environment")
    verb.json(parser)
    parser.add_argument("--sha256", metavar="HASH", help="refuse a bundle with another hash than the reviewed one's")
    verb.despite_freeze(parser)
    verb.verbose(parser)


def rollback(parser: Parser) -> None:
    """`rollback [RELEASE] [ENVIRONMENT]`."""
    parser.add_argument("release", nargs="?", help="r7 or 7; the last proven one before the live one if left out")
    verb.environment(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)
    verb.verbose(parser)


def promote(parser: Parser) -> None:
    """`promote FROM TO`."""
    parser.add_argument("source", metavar="FROM", help="the environment whose live release is taken")
    parser.add_argument("environment", metavar="TO", help="the environment that it is deployed to")
    verb.json(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)
    verb.verbose(parser)
    parser.add_argument("--from-profile", metavar="PROFILE", help="the AWS profile with which FROM is read")


def down(parser: Parser) -> None:
    """`down [ENVIRONMENT]`."""
    verb.environment(parser)
    verb.yes(parser, "destroy without asking (never enough for production)")
    verb.despite_freeze(parser)
    verb.verbose(parser)


VERBS = (
    Verb(
        "up",
        "build, push, plan, apply, wait until it is proven live, print the URL",
        up,
        begins="reading the checkout",
        starts_terraform=True,
        refuse=refuse_up,
    ),
    Verb(
        "plan",
        "review what `up` would change and keep it as a bundle; images are built and pushed, nothing is applied",
        plan,
        begins="reading the checkout",
        starts_terraform=True,
    ),
    Verb(
        "apply",
        "apply a bundle that `plan` made, exactly as it was reviewed, and prove it live",
        apply,
        begins="reading the bundle",
        starts_terraform=True,
    ),
    Verb(
        "rollback",
        "make an earlier release live again: planned, reviewed, applied and proven as `up` does it",
        rollback,
        begins="reading its releases",
        starts_terraform=True,
        settle=verb.settle_release,
    ),
    Verb(
        "promote",
        "deploy the images that one environment has proven to another; builds nothing",
        promote,
        begins="looking for the release to deploy",
        starts_terraform=True,
    ),
    Verb(
        "down",
        "destroy what `up` made, after saying what will be lost",
        down,
        begins="reading what will be lost",
        starts_terraform=True,
    ),
)
