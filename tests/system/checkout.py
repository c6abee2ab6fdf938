"""This checkout's files, laid out in the folder of a clone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from orchestrator.machine import toolenv
from orchestrator.system import paths

# What runs leave among a checkout's files: neither looked at, nor laid out.
MADE = (".storyizer", ".venv", "__pycache__", ".terraform")
PROGRAM = "orchestrator"


def clear(folder: Path) -> None:
    """Remove everything from a clone but what runs have made.

    The program's bytecode stays: to compile it takes a command three times as long as to run.
    """
    for entry in folder.iterdir():
        if entry.name == PROGRAM:
            for file in entry.rglob("*.*"):
                if file.is_file() and file.parent.name != "__pycache__":
                    file.unlink()
        elif entry.name not in MADE:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def lay_out(folder: Path) -> list[str]:
    """Make `folder` hold this checkout's files and nothing else but what runs have made; the files' names."""
    clear(folder)
    files = tracked_files()
    for name in files:
        source = paths.ROOT / name
        if source.is_file() or source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name, follow_symlinks=False)
    return files


def lay_packages(folder: Path) -> None:
    """Put the packages of a clone's first run into its `.venv`, so that this run finds all of them installed.

    To install them takes a process longer than most tests. Each clone is given a copy of one environment, which is
    made once on a machine; that a first run makes its own is a test of its own.
    """
    made = toolenv.ensure("clone", paths.ROOT / "requirements.txt").parent
    shutil.copytree(made, folder / ".venv", symlinks=True)


def tracked_files() -> list[str]:
    """The files that git knows or would take; outside git, all but what runs leave behind."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=paths.ROOT, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0 and listed.stdout:
        return [name for name in listed.stdout.split("\0") if name]
    skipped = {".venv", ".storyizer", ".terraform", "__pycache__", ".pytest_cache"}
    return [
        str(file.relative_to(paths.ROOT))
        for file in paths.ROOT.rglob("*")
        if file.is_file() and not skipped & set(file.relative_to(paths.ROOT).parts)
    ]
