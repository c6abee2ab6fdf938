"""What the tests of the command line share: a checkout that was never used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.system import paths


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the checkout as it is cloned: without .venv."""
    folder = tmp_path / "bare"
    for name in ("orchestrator", "services", "terraform"):
        shutil.copytree(paths.ROOT / name, folder / name, ignore=shutil.ignore_patterns(".terraform", "__pycache__"))
    for name in ("orchestrate.py", "requirements.txt", "requirements-test.txt"):
        shutil.copy(paths.ROOT / name, folder)
    return folder
