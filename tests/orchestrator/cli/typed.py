"""Commands as they are typed: in this checkout, and in one that has no `.venv`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orchestrator.system import paths


def run(*arguments: str, folder: Path = paths.ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in this checkout or in a copy of it, by nobody whom AWS would know."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "orchestrator.cli.main", *arguments], text=True, capture_output=True, cwd=folder,
        env={**clean, "AWS_EC2_METADATA_DISABLED": "true", **environment}, stdin=subprocess.DEVNULL, check=False,
        timeout=300,
    )  # fmt: skip


def run_bare(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a bare checkout, by a Python that has the standard library and nothing else."""
    return subprocess.run(
        [os.path.realpath(sys.executable), "-S", "-E", "orchestrate.py", *arguments], text=True, capture_output=True,
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), **environment},
        stdin=subprocess.DEVNULL, check=False, timeout=300,
    )  # fmt: skip
