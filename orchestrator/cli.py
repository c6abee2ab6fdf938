"""The command line: `orchestrate.py VERB [ENVIRONMENT] [options]`."""

from __future__ import annotations

import argparse
import importlib
import sys
from types import ModuleType

from orchestrator import interrupt
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure

VERBS = ("up", "plan", "down", "stop", "status", "logs", "images", "doctor", "test")
EPILOG = """\
exit codes: 0 success, 1 failure, 2 plan has changes (--detailed-exitcode), 3 stopped by a review finding,
4 rollout failed and the previous version serves, 5 a prerequisite is missing, 64 wrong usage, 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """argparse with this program's exit code and manner for wrong usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise `Failure` instead of printing and leaving."""
        raise Failure(
            f"wrong usage: {message}",
            next_step=f"{self.prog} --help",
            exit_code=ExitCode.USAGE,
        )


def _verb(name: str) -> ModuleType:
    return importlib.import_module(f"orchestrator.verbs.{name}")


def parser(only: str | None = None) -> Parser:
    """The parser of all verbs; with `only` the other verbs have their names and no more, which is quicker."""
    top = Parser(prog="orchestrate.py", description="Storyizer on ECS.", epilog=EPILOG, allow_abbrev=False,
                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in VERBS:
        if only is not None and name != only:
            verbs.add_parser(name)
            continue
        module = _verb(name)
        sub = verbs.add_parser(name, help=module.HELP, description=module.HELP, allow_abbrev=False)
        sub.prog = f"orchestrate.py {name}"
        if name == "test":
            sub.set_defaults(environment="local", json=False)
            continue
        if name == "logs":
            sub.add_argument("service", nargs="?", help="one service; all of them if left out")
        sub.add_argument("environment", nargs="?", default="local", help="local (default), staging, production")
        sub.add_argument("--json", action="store_true", help="the result as JSON on standard output")
        module.options(sub)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit code. Every expected failure ends in one message on standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    console = Console()
    interrupt.install(console.say)
    try:
        return int(_run(arguments, console))
    except Failure as failure:
        console.block(failure.render())
        return int(failure.exit_code)
    except BrokenPipeError:
        return 0  # whoever read the output has seen enough
    except Exception as error:  # the last line of defence: a defect of this program, told without a traceback
        console.block(_unexpected(error, console).render())
        return int(ExitCode.FAILURE)


def _run(arguments: list[str], console: Console) -> int:
    if not arguments:
        console.block(parser().format_help().rstrip())
        return ExitCode.USAGE
    known = arguments[0] if arguments[0] in VERBS else None
    options, rest = parser(known).parse_known_args(arguments)
    if options.verb == "test":
        options.pytest = rest
    elif rest:
        parser(known).error(f"unrecognized arguments: {' '.join(rest)}")
    from orchestrator import environment

    verb = _verb(options.verb)
    if options.verb == "logs" and options.service in environment.known() and options.environment == "local":
        options.service, options.environment = None, options.service  # `logs staging` means the environment
    return int(verb.run(environment.load(options.environment), console, options))


def _unexpected(error: Exception, console: Console) -> Failure:
    """AWS errors nobody foresaw are told in AWS's words; anything else is written down for a bug report."""
    from orchestrator import aws, paths

    module = type(error).__module__
    if module.startswith("botocore"):
        return Failure("AWS refused a call", reason=aws.explain(error), next_step="python3 orchestrate.py doctor")
    if isinstance(error, OSError):
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return Failure("the system refused an operation", reason=what, next_step="free disk space or mend permissions")
    import traceback

    report = paths.WORK / "crash.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("".join(traceback.format_exception(error)))
    return Failure(
        "this is a defect of orchestrate.py, not yours",
        reason=f"{type(error).__name__}: {error}",
        next_step=f"report it with {report}",
    )


if __name__ == "__main__":
    sys.exit(main())
