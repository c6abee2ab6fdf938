"""What can be typed after the verbs for pipelines."""

from __future__ import annotations

import argparse
import re

from orchestrator.cli import verb
from orchestrator.cli.verb import PROGRAM, Parser, Verb
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment

FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def review(parser: Parser) -> None:
    """`review PLAN`: of any project, so that its environment is no file of ours."""
    parser.add_argument("plan", help="a file with the output of `terraform show -json`, or - for standard input")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=("terminal", "markdown", "html", "json"), default="terminal")
    verb.json(form)
    parser.add_argument("--policy", metavar="FILE", help="which severities stop, and the exceptions")
    parser.add_argument(
        "--environment", dest="policy_of", metavar="NAME", help="the environment whose part of the policy counts"
    )
    parser.set_defaults(environment=None)


def ci(parser: Parser) -> None:
    """`ci STAGE [ENVIRONMENT]`."""
    parser.add_argument("stage", choices=("plan", "apply"), help="plan: a pull request; apply: after its merge")
    parser.add_argument("environment", nargs="?", help="local, staging, production; there is no default")
    verb.json(parser)
    parser.add_argument("--commit", metavar="SHA", help="the commit that is planned or was reviewed (the checkout's)")
    parser.add_argument("--out", metavar="FOLDER", help="where to write results and reports (.storyizer/ci)")
    verb.despite_freeze(parser)


def settle_ci(options: argparse.Namespace) -> None:
    """A pipeline's environment is named: nobody is there to see that it is another one. Raises `Failure`."""
    if options.environment is None:
        raise Failure(
            f"wrong usage: `ci {options.stage}` needs an environment",
            reason="Which one a pipeline is for is never guessed.",
            next_step=f"{PROGRAM} ci {options.stage} staging   (or another)",
            exit_code=ExitCode.USAGE,
        )


def refuse_ci(options: argparse.Namespace, environment: Environment | None) -> None:
    """A commit is named in full, and only `ci apply` is stopped by a freeze. Raises `Failure`."""
    if options.despite_freeze and options.stage == "plan":
        raise Failure(
            "wrong usage: --despite-freeze is for `ci apply`",
            reason="A plan changes nothing, and is made in a frozen environment as well.",
            next_step="leave it out",
            exit_code=ExitCode.USAGE,
        )
    if options.commit is not None and not FULL_COMMIT.fullmatch(options.commit):
        raise Failure(
            f"{options.commit!r} is no full commit hash",
            reason="A bundle is kept for exactly one commit: 40 (or 64) hexadecimal digits.",
            next_step="name it: --commit $(git rev-parse HEAD)",
            exit_code=ExitCode.USAGE,
        )


VERBS = (
    Verb(
        "review",
        "findings and report for the output of `terraform show -json` of any Terraform plan",
        review,
        needs_temporary_files=False,
    ),
    Verb(
        "ci",
        "the pipeline's stages: `ci plan` and `ci apply`",
        ci,
        starts_terraform=True,
        settle=settle_ci,
        refuse=refuse_ci,
    ),
)
