#!/usr/bin/env python3
"""Storyizer on ECS: `python3 orchestrate.py up` and it runs.

Standard library only. The first run makes `.venv` from the hash-locked requirements; every run hands over to
orchestrator.cli in it.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)


def requirements(arguments: list[str]) -> list[Path]:
    """The lock files that these arguments need: `test` wants the tests' tools as well."""
    if arguments[:1] == ["test"] and not {"-h", "--help"} & set(arguments):
        return [ROOT / "requirements-test.txt"]
    return [ROOT / "requirements.txt"]


def main() -> int:  # noqa: RET503 (execv does not return)
    """Prepare `.venv` if needed, then become the command line in it. Returns only on failure."""
    if sys.version_info < OLDEST_PYTHON:
        print(
            f"error: Python {sys.version.split()[0]} is too old\nnext:  run it with Python 3.11 or newer",
            file=sys.stderr,
        )
        return 5
    sys.path.insert(0, str(ROOT))
    from orchestrator import toolenv

    # The tests' lock holds everything that the run-time lock holds, so either of them serves every other verb.
    wanted = requirements(sys.argv[1:])
    folder = ROOT / ".venv"
    try:
        if not toolenv.is_ready(folder, ROOT / "requirements-test.txt"):
            toolenv.prepare(folder, *wanted, say=lambda text: print(text, file=sys.stderr, flush=True))
    except toolenv.ToolEnvError as error:
        print(f"error: {error}\nnext:  {error.next_step}", file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        print("\nerror: interrupted\nnext:  run the same command again", file=sys.stderr)
        return 130
    python = folder / "bin" / "python"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    os.execv(python, [str(python), "-m", "orchestrator.cli", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
