"""What can be typed after the verbs that change what runs."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.project import environment as environments


def up(parser: Parser) -> None:
    """`up [ENVIRONMENT]`."""
    verb.environment(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)
    parser.add_argument(
        "--service",
        action="append",
        default=[],
        metavar="NAME",
        help="deploy this service alone (repeatable); refused if the plan changes anything else",
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


def rollback(parser: Parser) -> None:
    """`rollback [RELEASE] [ENVIRONMENT]`."""
    parser.add_argument("release", nargs="?", help="r7 or 7; the last proven one before the live one if left out")
    verb.environment(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)


def settle_rollback(options: argparse.Namespace) -> None:
    """`rollback staging` means the environment."""
    if options.release in environments.known() and options.environment == "local":
        options.release, options.environment = None, options.release


def promote(parser: Parser) -> None:
    """`promote FROM TO`."""
    parser.add_argument("source", metavar="FROM", help="the environment whose live release is taken")
    parser.add_argument("environment", metavar="TO", help="the environment that it is deployed to")
    verb.json(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)
    parser.add_argument("--from-profile", metavar="PROFILE", help="the AWS profile with which FROM is read")


def down(parser: Parser) -> None:
    """`down [ENVIRONMENT]`."""
    verb.environment(parser)
    verb.yes(parser, "destroy without asking (never enough for production)")
    verb.despite_freeze(parser)


VERBS = (
    Verb("up", "build, push, plan, apply, wait until it is proven live, print the URL", up, starts_terraform=True),
    Verb(
        "plan",
        "review what `up` would change and keep it as a bundle; images are built and pushed, nothing is applied",
        plan,
        starts_terraform=True,
    ),
    Verb(
        "apply",
        "apply a bundle that `plan` made, exactly as it was reviewed, and prove it live",
        apply,
        starts_terraform=True,
    ),
    Verb(
        "rollback",
        "make an earlier release live again: planned, reviewed, applied and proven as `up` does it",
        rollback,
        starts_terraform=True,
        settle=settle_rollback,
    ),
    Verb(
        "promote",
        "deploy the images that one environment has proven to another; builds nothing",
        promote,
        starts_terraform=True,
    ),
    Verb("down", "destroy what `up` made, after saying what will be lost", down, starts_terraform=True),
)
