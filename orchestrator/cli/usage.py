"""What can be typed: all verbs, their help, their options. Imports no verb, so that help is there at once."""

from __future__ import annotations

import argparse
import difflib

from orchestrator.cli.verb import PROGRAM, Parser, Verb
from orchestrator.cli.verbs.deploy import options as deploy
from orchestrator.cli.verbs.develop import options as develop
from orchestrator.cli.verbs.inspect import options as inspect
from orchestrator.cli.verbs.operate import options as operate
from orchestrator.cli.verbs.pipeline import options as pipeline
from orchestrator.errors import ExitCode, Failure

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
    top = Parser(prog=PROGRAM, description="Storyizer on ECS.", epilog=EPILOG, allow_abbrev=False,
                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS.values():
        own = verbs.add_parser(verb.name, help=verb.summary, description=verb.summary, allow_abbrev=False)
        own.prog = f"{PROGRAM} {verb.name}"
        verb.options(own)
    return top


def parse(arguments: list[str]) -> argparse.Namespace:
    """What was typed. Raises `Failure` for wrong usage."""
    _refuse_unknown(arguments)
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
    elif has_environment(verb) and "local" not in arguments and _is_environment(rest, options):
        options.environment = rest[0]
    elif rest:
        _refuse(verb, rest)
    verb.settle(options)
    return options


def has_environment(verb: Verb) -> bool:
    """True for one that is about an environment, and not about the checkout."""
    return verb not in develop.VERBS


def _refuse(verb: Verb, rest: list[str]) -> None:
    """What the verb does not know, with the option of it that the first is nearest to. Raises `Failure`."""
    own = Parser(prog=f"{PROGRAM} {verb.name}", allow_abbrev=False)
    verb.options(own)
    name = rest[0].partition("=")[0]
    near = difflib.get_close_matches(name, own.names(), 1) if name.startswith("-") else []
    hint = f"; did you mean {near[0]}?" if near else ""
    own.error(f"unrecognized argument{'s' if len(rest) > 1 else ''}: {' '.join(rest)}{hint}")


def _refuse_unknown(arguments: list[str]) -> None:
    """A verb that there is not, with the one that it is nearest to. Raises `Failure`."""
    typed = arguments[0] if arguments else ""
    if typed in VERBS or not typed or typed.startswith("-"):
        return
    near = difflib.get_close_matches(typed, VERBS, 1)
    raise Failure(
        f"wrong usage: there is no verb {typed!r}",
        next_step=" ".join([PROGRAM, near[0], *arguments[1:]]) if near else f"{PROGRAM} --help   (lists all of them)",
        exit_code=ExitCode.USAGE,
    )


def _is_environment(rest: list[str], options: argparse.Namespace) -> bool:
    """True for the one word that argparse leaves of `logs words --json staging`: it ends the arguments at an option."""
    return len(rest) == 1 and not rest[0].startswith("-") and getattr(options, "environment", None) == "local"


def module(verb: str) -> str:
    """The dotted name of the module that carries it out."""
    folder = next(name for name, verbs in FOLDERS.items() if VERBS[verb] in verbs)
    return f"orchestrator.cli.verbs.{folder}.{verb}"
