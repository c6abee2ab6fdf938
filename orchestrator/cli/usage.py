"""What can be typed: the verbs, their help, their options. Imports no verb, so that help is there at once."""

from __future__ import annotations

import argparse
import difflib
import re

from orchestrator.cli import pytest_options
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment

VERBS = {
    "up": "build, push, plan, apply, wait until it is proven live, print the URL",
    "plan": "review what `up` would change and keep it as a bundle; images are built and pushed, nothing is applied",
    "apply": "apply a bundle that `plan` made, exactly as it was reviewed, and prove it live",
    "review": "findings and report for the output of `terraform show -json` of any Terraform plan",
    "ci": "the pipeline's stages: `ci plan` and `ci apply`",
    "down": "destroy what `up` made, after saying what will be lost",
    "stop": "local: stop containers and emulator, keep the stories for the next `up`",
    "status": "services, tasks, images, release, target health, URL",
    "logs": "what the services' containers wrote",
    "images": "per service: tag, digest, built or not, what changed since the deployed one; builds nothing",
    "doctor": "what this machine has and lacks, and the command that gets it; touches nothing",
    "check": "linter, formats, types and generated pages: what a change has to pass before its tests are run",
    "test": "the whole test suite; further arguments go to pytest",
}
# These are for work on this project itself.
FOR_DEVELOPERS = ("check", "test")
EPILOG = """\
exit codes: 0 success, 1 failure, 2 plan has changes (--detailed-exitcode), 3 stopped by a review finding,
4 rollout failed and the previous version serves, 5 a prerequisite is missing, 64 wrong usage, 130 interrupted"""

FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Parser(argparse.ArgumentParser):
    """argparse with this program's exit code and manner for wrong usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise `Failure` instead of printing and leaving."""
        raise Failure(
            f"wrong usage: {message}",
            next_step=f"{self.prog} --help",
            exit_code=ExitCode.USAGE,
        )


def parser() -> Parser:
    """The parser of all verbs."""
    top = Parser(prog="orchestrate.py", description="Storyizer on ECS.", epilog=EPILOG, allow_abbrev=False,
                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.prog = f"orchestrate.py {name}"
        if name == "test":
            verb.set_defaults(environment="local", json=False)
            continue
        if name == "check":
            verb.add_argument("--json", action="store_true", help="the result as JSON on standard output")
            verb.set_defaults(environment="local")
            continue
        if name == "review":
            _review_options(verb)
            continue
        if name == "apply":
            verb.add_argument("bundle", help="the folder that `plan` wrote")
        if name == "ci":
            verb.add_argument("stage", choices=("plan", "apply"), help="plan: a pull request; apply: after its merge")
        if name == "logs":
            verb.add_argument("service", nargs="?", help="one service; all of them if left out")
        if name == "apply":
            verb.add_argument("environment", nargs="?", help="refuse a bundle that is for another environment")
        else:
            verb.add_argument("environment", nargs="?", default="local", help="local (default), staging, production")
        verb.add_argument("--json", action="store_true", help="the result as JSON on standard output")
        _own_options(name, verb)
    return top


def parse(arguments: list[str]) -> argparse.Namespace:
    """What was typed; `pytest` is what goes to pytest. Raises `Failure` for wrong usage."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if options.verb == "test":
        wrong = pytest_options.unknown(rest)
        if wrong:
            near = difflib.get_close_matches(wrong, ["--help", *pytest_options.OPTIONS], n=1)
            Parser(prog="orchestrate.py test").error(
                f"unrecognized argument: {wrong}" + (f"; did you mean {near[0]}?" if near else "")
            )
        options.pytest = rest
    elif rest:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def check(options: argparse.Namespace, chosen: Environment | None) -> None:
    """Raise `Failure` for what can be typed and is wrong all the same."""
    if options.verb == "stop" and chosen is not None and not chosen.place.can_stop:
        raise Failure(
            f"{chosen.name} is on AWS and does not stop",
            reason="`stop` is for the local environment.",
            next_step=f"python3 orchestrate.py down {chosen.name} removes it",
            exit_code=ExitCode.USAGE,
        )
    if options.verb == "ci" and options.commit is not None and not FULL_COMMIT.fullmatch(options.commit):
        raise Failure(
            f"{options.commit!r} is no full commit hash",
            reason="A bundle is kept for exactly one commit: 40 (or 64) hexadecimal digits.",
            next_step="name it: --commit $(git rev-parse HEAD)",
            exit_code=ExitCode.USAGE,
        )


def _review_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("plan", help="a file with the output of `terraform show -json`, or - for standard input")
    verb.add_argument("--format", choices=("terminal", "markdown", "html", "json"), default="terminal")
    verb.add_argument("--policy", metavar="FILE", help="which severities stop, and the exceptions")
    verb.add_argument("--environment", metavar="NAME", help="the environment whose part of the policy counts")
    verb.set_defaults(json=False)


def _own_options(name: str, verb: argparse.ArgumentParser) -> None:
    if name == "up":
        verb.add_argument(
            "--yes",
            action="store_true",
            help="apply without asking; no answer to a loss of data that happened outside of Terraform",
        )
    elif name == "plan":
        verb.add_argument(
            "--detailed-exitcode", action="store_true", help="exit 2 if there are changes, as Terraform does"
        )
        verb.add_argument(
            "--no-build",
            action="store_true",
            help="build nothing: plan with the images that are there, name the others",
        )
        verb.add_argument("--out", metavar="FOLDER", help="where to write the bundle (.storyizer/ENVIRONMENT/bundle)")
    elif name == "apply":
        verb.add_argument("--sha256", metavar="HASH", help="refuse a bundle with another hash than the reviewed one's")
    elif name == "ci":
        verb.add_argument("--commit", metavar="SHA", help="the commit that is planned or was reviewed (the checkout's)")
        verb.add_argument("--out", metavar="FOLDER", help="where to write results and reports (.storyizer/ci)")
    elif name == "down":
        verb.add_argument("--yes", action="store_true", help="destroy without asking (never enough for production)")
    elif name == "logs":
        verb.add_argument("--follow", "-f", action="store_true", help="keep printing new lines until Ctrl-C")
        verb.add_argument("--since", type=int, default=10, metavar="MINUTES", help="how far back to begin (10)")
