"""The command line: `orchestrate.py VERB [ENVIRONMENT] [options]`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from contextlib import nullcontext

from orchestrator.cli import answer, usage
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, interrupt, notices, paths, tempfolder
from orchestrator.terraform import ephemeral


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit code.

    Every expected failure ends in one message on standard error, and with `--json` in an object on standard output.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    console = Console()
    interrupt.install(console.say)
    notices.install(console.say, console.quietly)
    try:
        code, failure = _ended(arguments, console)
        if answer.is_wanted(arguments):
            answer.end(console, code, failure)
        return code
    except BrokenPipeError:
        return 0  # whoever read the output has seen enough


def _ended(arguments: list[str], console: Console) -> tuple[int, Failure | None]:
    """Run it; its exit code, and the failure that was told."""
    try:
        return int(_run(arguments, console)), None
    except Failure as error:
        failure = error
    except BrokenPipeError:
        raise
    except Exception as error:  # the last line of defence: a defect of this program, told without a traceback
        failure = _unexpected(error)
    console.failure(failure)
    return int(failure.exit_code), failure


def _run(arguments: list[str], console: Console) -> int:
    if not arguments:
        console.block(usage.parser().format_help().rstrip())
        return ExitCode.USAGE
    options, chosen = understood(arguments)
    console.verbose = getattr(options, "verbose", False)
    verb = usage.VERBS[options.verb]
    console.answer["environment"] = chosen.name if chosen is not None and usage.has_environment(verb) else None
    if verb.needs_temporary_files:
        tempfolder.check()
    if verb.starts_terraform:
        _tell_what_is_ignored(chosen, console)
    if chosen is not None and chosen.place.ignores_aws_settings:
        childenv.settle_on_the_emulated_aws()
    # Before its module: what that imports is most of the wait.
    where = f"{chosen.name}: " if chosen is not None else ""
    with console.first_line(f"{where}{verb.begins} ...") if verb.begins else nullcontext():
        return int(importlib.import_module(usage.module(verb.name)).run(chosen, console, options))


def understood(arguments: list[str]) -> tuple[argparse.Namespace, Environment | None]:
    """What was typed, and the environment that it names. Needs the standard library only. Raises `Failure`."""
    options = usage.parse(arguments)
    chosen = environment.load(options.environment) if options.environment else None
    usage.VERBS[options.verb].refuse(options, chosen)
    return options, chosen


def _tell_what_is_ignored(chosen: Environment | None, console: Console) -> None:
    names = ephemeral.declared(paths.TERRAFORM / "environment")
    ignored = childenv.ignored(os.environ, {f"TF_VAR_{name}" for name in names})
    if ignored:
        console.say(f"ignored, though this shell sets {'them' if len(ignored) > 1 else 'it'}: {', '.join(ignored)}")
    if os.environ.get("TF_LOG") and not os.environ.get("TF_LOG_PATH") and chosen is not None:
        console.say(f"Terraform's log, for TF_LOG is set: {chosen.work / 'terraform.log'}")


def _unexpected(error: Exception) -> Failure:
    """AWS errors nobody foresaw are told in AWS's words; anything else is written down for a bug report."""
    from orchestrator.aws import causes

    module = type(error).__module__
    if module.startswith("botocore"):
        cause = causes.of(error)
        message = "AWS cannot be reached" if cause.kind in causes.UNREACHED else "AWS refused a call"
        allow = "allow it to whoever is named, or use credentials that may do it"
        remedy = cause.remedy or (allow if cause.kind is causes.Kind.DENIED else "python3 orchestrate.py doctor")
        return Failure(message, reason=cause.why, next_step=remedy)
    if isinstance(error, OSError):
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        in_cache = str(error.filename or "").startswith(str(paths.cache().parent))
        mend = "free disk space or correct the permissions" + (" (XDG_CACHE_HOME moves the cache)" if in_cache else "")
        return Failure("the system refused an operation", reason=what, next_step=mend)
    return _defect(error)


def _defect(error: Exception) -> Failure:
    import traceback

    from orchestrator.system import atomic

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
