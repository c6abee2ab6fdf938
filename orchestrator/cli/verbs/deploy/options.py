"""What can be typed after the verbs that change what runs."""

from __future__ import annotations

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb


def up(parser: Parser) -> None:
    """`up [ENVIRONMENT]`."""
    verb.environment(parser)
    verb.yes(parser, "apply without asking; no answer to a loss of data that happened outside of Terraform")
    verb.despite_freeze(parser)


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
    Verb("down", "destroy what `up` made, after saying what will be lost", down, starts_terraform=True),
)
