#!/usr/bin/env python3
"""Measures the services: `python3 benchmarks/services/run.py`, about ten minutes on a machine that does nothing else.

Standard library only: makes an environment from the hash-locked requirements once, then hands over to __main__.py.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Prepares the environment and becomes the measurement in it. Returns only when that fails."""
    sys.path[0] = str(ROOT)
    from orchestrator.machine import toolenv

    try:
        folder = toolenv.ensure("benchmarks", ROOT / "benchmarks" / "requirements.txt")
    except toolenv.ToolEnvError as error:
        sys.stderr.write(f"error: {error}\nnext:  {error.next_step}\n")
        return 5
    python = folder / "python"
    os.environ["PYTHONPATH"] = str(ROOT)
    return os.execv(python, [str(python), "-m", "benchmarks.services", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
