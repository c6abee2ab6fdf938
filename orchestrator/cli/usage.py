"""What can be typed: all verbs, their help, their options. Imports no verb, so that help is there at once."""

from __future__ import annotations

import argparse

from orchestrator.cli.verb import Parser, Verb
from orchestrator.cli.verbs.deploy import options as deploy
from orchestrator.cli.verbs.develop import options as develop
from orchestrator.cli.verbs.inspect import options as inspect
from orchestrator.cli.verbs.operate import options as operate
from orchestrator.cli.verbs.pipeline import options as pipeline

# By the folder that holds their modules, in the order of the help.
FOLDERS: dict[str, tuple[Verb, ...]] = {
    "deploy": deploy.VERBS,
    "inspect": inspect.VERBS,
    "operate": operate.VERBS,
    "pipeline": pipeline.VERBS,
    "develop": develop.VERBS,
}
VERBS = {verb.name: verb for verbs in FOLDERS.values() for verb in verbs}
EPILOG = """\
exit codes: 0 success, 1 failure, 2 plan has changes (--detailed-exitcode), 3 stopped by a review finding or because
`up --service` would change more, 4 rollout failed and the previous version serves, 5 a prerequisite is missing,
64 wrong usage, 130 interrupted"""


def parser() -> Parser:
    """The parser of all verbs."""
    top = Parser(prog="orchestrate.py", description="Storyizer on ECS.", epilog=EPILOG, allow_abbrev=False,
                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS.values():
        own = verbs.add_parser(verb.name, help=verb.summary, description=verb.summary, allow_abbrev=False)
        own.prog = f"orchestrate.py {verb.name}"
        verb.options(own)
    return top


def parse(arguments: list[str]) -> argparse.Namespace:
    """What was typed. Raises `Failure` for wrong usage."""
    top = parser()
    command: list[str] = []
    if arguments and "--" in arguments and arguments[0] in VERBS and VERBS[arguments[0]].takes_command:
        behind = arguments.index("--")
        arguments, command = arguments[:behind], arguments[behind + 1 :]
    options, rest = top.parse_known_args(arguments)
    verb = VERBS[options.verb]
    if verb.takes_command:
        options.command = command
    if verb.takes_rest:
        options.rest = rest
    elif verb not in develop.VERBS and "local" not in arguments and _is_environment(rest, options):
        options.environment = rest[0]
    elif rest:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    verb.settle(options)
    return options


def _is_environment(rest: list[str], options: argparse.Namespace) -> bool:
    """True for the one word that argparse leaves of `logs words --json staging`: it ends the arguments at an option."""
    return len(rest) == 1 and not rest[0].startswith("-") and getattr(options, "environment", None) == "local"


def module(verb: str) -> str:
    """The dotted name of the module that carries it out."""
    folder = next(name for name, verbs in FOLDERS.items() if VERBS[verb] in verbs)
    return f"orchestrator.cli.verbs.{folder}.{verb}"
