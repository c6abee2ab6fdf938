#!/usr/bin/env python3
# PYTHON_ARGCOMPLETE_OK: a shell may ask it what can be typed next (completions/).
"""Storyizer on ECS: `python3 orchestrate.py up` and it runs.

Standard library only. The first run makes `.venv` from the hash-locked requirements; every run hands over to
orchestrator/cli in it. Help needs nothing of it, and `doctor` does without it where it is not made yet.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
# Nothing of the shell's: neither its PYTHON* variables, nor modules in the folder that somebody stands in, nor its
# idea of text, which in the C locale would be ASCII.
ISOLATED = ("-I", "-X", "utf8")


def requirements(arguments: list[str]) -> list[Path]:
    """The lock files that these arguments need: `check` and `test` want the developers' tools as well."""
    return [ROOT / ("requirements-test.txt" if arguments[:1] in (["check"], ["test"]) else "requirements.txt")]


def fail(message: str, next_step: str, code: int = 5) -> int:
    """Tell what is wrong, as orchestrator.errors and orchestrator.cli.answer do, and return the exit code."""
    print(f"error: {message}\nnext:  {next_step}", file=sys.stderr)
    if "--json" in sys.argv[1:]:
        import json

        error: dict[str, object] = {"message": message, "reason": None, "details": [], "next_step": next_step}
        print(json.dumps({"environment": None, "exit_code": code, "error": error}))
    return code


def enter(folder: Path, arguments: list[str]) -> int:
    """Become the command line in a virtual environment. Does not return."""
    python = folder / "bin" / "python"
    os.execv(python, [str(python), *ISOLATED, str(ROOT / "orchestrator" / "__main__.py"), *arguments])


def main() -> int:
    """Prepare `.venv` if needed, then become the command line in it. Returns where that is not needed, or fails."""
    arguments = sys.argv[1:]
    if sys.version_info < OLDEST_PYTHON:
        return fail(f"Python {sys.version.split()[0]} is too old", "run it with Python 3.11 or newer")
    if not sys.flags.ignore_environment and any(name.startswith("PYTHON") for name in os.environ):
        # Another program's modules and switches: from here on without them.
        os.execv(sys.executable, [sys.executable, *ISOLATED, __file__, *arguments])
    sys.path.insert(0, str(ROOT))
    from orchestrator.errors import Failure
    from orchestrator.machine import toolenv

    folder = ROOT / ".venv"
    wanted = requirements(arguments)
    try:
        # The tests' lock holds everything that the run-time lock holds, so either of them serves every other verb.
        ready = toolenv.is_ready(folder, ROOT / "requirements-test.txt") or toolenv.is_ready(folder, *wanted)
        if "_ARGCOMPLETE" in os.environ:  # a shell asks what can be typed next: it gets an answer at once or none
            return enter(folder, arguments) if ready else 1
        if not arguments or {"-h", "--help"} & set(arguments) or (arguments[0] == "doctor" and not ready):
            from orchestrator.cli import main as command_line

            return command_line.main(arguments)
        if not ready:
            from orchestrator.cli import main as command_line
            from orchestrator.system import tempfolder

            command_line.understood(arguments)
            tempfolder.check()
            toolenv.prepare(folder, *wanted, say=lambda text: print(text, file=sys.stderr, flush=True))
        return enter(folder, arguments)
    except Failure as failure:
        from orchestrator.cli import answer

        return answer.failed(failure, arguments)
    except toolenv.ToolEnvError as error:
        return fail(str(error), error.next_step)
    except OSError as error:
        return fail(f"cannot run {error.filename or folder}: {error.strerror}", f"rm -r '{folder}', then run it again")
    except KeyboardInterrupt:
        return fail("interrupted", "run the same command again", 130)


if __name__ == "__main__":
    sys.exit(main())
