"""The command line: `orchestrate.py VERB [ENVIRONMENT] [options]`."""

from __future__ import annotations

import importlib
import sys

from orchestrator import interrupt, usage
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure


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
        console.block(_unexpected(error).render())
        return int(ExitCode.FAILURE)


def _run(arguments: list[str], console: Console) -> int:
    parser = usage.parser()
    if not arguments:
        console.block(parser.format_help().rstrip())
        return ExitCode.USAGE
    options, rest = parser.parse_known_args(arguments)
    if options.verb == "test":
        options.pytest = rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    from orchestrator import environment

    verb = importlib.import_module(f"orchestrator.verbs.{options.verb}")
    if options.verb == "logs" and options.service in environment.known() and options.environment == "local":
        options.service, options.environment = None, options.service  # `logs staging` means the environment
    if options.verb == "review":
        return int(verb.run(console, options))  # any plan, of any project: its environment is no file of ours
    chosen = environment.load(options.environment) if options.environment else None
    return int(verb.run(chosen, console, options))


def _unexpected(error: Exception) -> Failure:
    """AWS errors nobody foresaw are told in AWS's words; anything else is written down for a bug report."""
    from orchestrator import aws

    module = type(error).__module__
    if module.startswith("botocore"):
        return Failure("AWS refused a call", reason=aws.explain(error), next_step="python3 orchestrate.py doctor")
    if isinstance(error, OSError):
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return Failure("the system refused an operation", reason=what, next_step="free disk space or mend permissions")
    return _defect(error)


def _defect(error: Exception) -> Failure:
    import traceback

    from orchestrator import atomic, paths

    message, reason = "this is a defect of orchestrate.py, not yours", f"{type(error).__name__}: {error}"
    text = "".join(traceback.format_exception(error))
    report = paths.WORK / "crash.txt"
    try:
        atomic.write(report, text)
    except OSError:
        return Failure(
            message, reason=reason, details=text.splitlines()[-10:], next_step="report it with the lines above"
        )
    return Failure(message, reason=reason, next_step=f"report it with {report}")


if __name__ == "__main__":
    sys.exit(main())
