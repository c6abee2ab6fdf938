"""What can be typed after the verbs for an environment that is up."""

from __future__ import annotations

import argparse

from orchestrator.cli import verb
from orchestrator.cli.verb import Parser, Verb
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment

# As service.yaml has it for `count` (orchestrator/project/manifest_checks.py).
MOST_TASKS = 100


def exec_(parser: Parser) -> None:
    """`exec SERVICE [ENVIRONMENT] [-- COMMAND]`."""
    _service(parser)
    verb.json(parser)
    parser.add_argument(
        "--task", metavar="ID", help="the task by the first digits of its id (the one that runs longest)"
    )
    parser.add_argument("--debug", action="store_true", help="local: in a container with tools beside the task's")


def run(parser: Parser) -> None:
    """`run SERVICE [ENVIRONMENT] -- COMMAND`, `run JOB [ENVIRONMENT]`."""
    _service(parser)
    verb.json(parser)
    parser.add_argument("--image", metavar="TAG_OR_DIGEST", help="another image of the service than the live one")
    parser.add_argument("--timeout", metavar="MINUTES", type=float, help="stop the task if it takes longer (no limit)")


def scale(parser: Parser) -> None:
    """`scale SERVICE N [ENVIRONMENT]`, `scale SERVICE --reset [ENVIRONMENT]`."""
    parser.add_argument("service", help="the service")
    parser.add_argument("count", nargs="?", metavar="N", help="the number of tasks")
    verb.environment(parser)
    parser.add_argument("--reset", action="store_true", help="back to the number in the configuration")
    verb.yes(parser, "0 tasks without asking")
    verb.despite_freeze(parser)


def _service(parser: Parser) -> None:
    parser.add_argument("service", help="the service")
    parser.add_argument("environment", nargs="?", default="local", help="local (default), staging, production")


def settle_command(options: argparse.Namespace) -> None:
    """What is no environment is a command that somebody wrote without `--`. Raises `Failure`."""
    if options.environment not in environments.known() and not options.command:
        wrong(
            f"there is no environment {options.environment!r}",
            "A command stands behind --, and the environment before it.",
            f"python3 orchestrate.py {options.verb} {options.service} -- {options.environment}",
        )
    if options.verb == "run":
        _check_run(options)


def _check_run(options: argparse.Namespace) -> None:
    if options.timeout is not None and not 0 < options.timeout <= 7 * 24 * 60:
        wrong(
            f"--timeout {options.timeout:g} is no number of minutes to wait",
            "It is more than 0 and at most a week.",
            f"python3 orchestrate.py run {options.service} {options.environment} --timeout 10 -- COMMAND",
        )


def settle_scale(options: argparse.Namespace) -> None:
    """`scale words --reset staging`: what would be the number is the environment. Raises `Failure`."""
    if options.reset and options.count in environments.known() and options.environment == "local":
        options.count, options.environment = None, options.count
    usage = f"python3 orchestrate.py scale {options.service} 3 {options.environment}"
    if options.reset and options.count is not None:
        wrong(f"--reset takes no number, and there is {options.count!r}", "It sets the configured number.", usage)
    if not options.reset and options.count is None:
        wrong("the number of tasks is missing", f"`scale` sets how many tasks of {options.service} run.", usage)
    if options.count is not None:
        number = options.count if options.count.isascii() and options.count.isdigit() else ""
        if not number or int(number) > MOST_TASKS:
            wrong(
                f"{options.count!r} is no number of tasks",
                f"It is a whole number from 0 (no task, the service answers nothing) to {MOST_TASKS}.",
                usage,
            )
        options.count = int(number)


def wrong(message: str, reason: str, next_step: str) -> None:
    """Raise `Failure` for wrong usage."""
    raise Failure(message, reason=reason, next_step=next_step, exit_code=ExitCode.USAGE)


def refuse_stop(options: argparse.Namespace, environment: Environment | None) -> None:
    """What is on AWS does not stop. Raises `Failure`."""
    if environment is not None and not environment.place.can_stop:
        raise Failure(
            f"{environment.name} is on AWS and does not stop",
            reason="`stop` is for the local environment.",
            next_step=f"python3 orchestrate.py down {environment.name} removes it",
            exit_code=ExitCode.USAGE,
        )


def anywhere(parser: Parser) -> None:
    """`anywhere register ENVIRONMENT`."""
    parser.add_argument("action", choices=("register",), help="register: a machine outside AWS serves the cluster")
    parser.add_argument("environment", help="an environment on AWS with external = {...} in its file")
    verb.json(parser)
    parser.add_argument("--run", action="store_true", help="register this machine instead of printing the command")


def freeze(parser: Parser) -> None:
    """`freeze [ENVIRONMENT] --reason TEXT`."""
    verb.environment(parser)
    parser.add_argument(
        "--reason", type=verb.reason, required=True, metavar="TEXT", help="why, for whoever is stopped by it"
    )


VERBS = (
    Verb(
        "exec",
        "a command, or a shell, inside a running task of a service",
        exec_,
        takes_command=True,
        settle=settle_command,
    ),
    Verb(
        "run",
        "a command in a task of its own, with a service's image, network, roles and size; or a run of a job",
        run,
        takes_command=True,
        settle=settle_command,
    ),
    Verb(
        "scale",
        "the number of a service's tasks, at once and until the configured number changes",
        scale,
        begins="reading how many tasks it has",
        settle=settle_scale,
    ),
    Verb(
        "stop",
        "local: stop containers and emulator, keep the stories for the next `up`",
        verb.environment,
        begins="looking for what runs",
        refuse=refuse_stop,
    ),
    Verb("anywhere", "register machines outside AWS (ECS Anywhere): the command for one, or this one", anywhere),
    Verb(
        "freeze", "let nothing be deployed to the environment until `unfreeze`", freeze, begins="looking for a freeze"
    ),
    Verb("unfreeze", "lift the freeze", verb.environment, begins="looking for a freeze"),
)
