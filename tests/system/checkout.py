"""This checkout's files, laid out in the folder of a clone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from orchestrator.system import paths

# What runs leave among a checkout's files: neither looked at, nor laid out.
MADE = (".storyizer", ".venv", "__pycache__", ".terraform")
# The checkout's soak, and the shortest.
SOAKS = ("soak_seconds = 25", "soak_seconds = 5")


def clear(folder: Path) -> None:
    """Remove everything from a clone but what runs have made."""
    for entry in folder.iterdir():
        if entry.name not in MADE:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def lay_out(folder: Path) -> list[str]:
    """Make `folder` hold this checkout's files and nothing else but what runs have made; the files' names.

    One thing is changed: what goes live is watched for as short a time as an environment can ask for.
    """
    clear(folder)
    files = tracked_files()
    for name in files:
        source = paths.ROOT / name
        if source.is_file() or source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name, follow_symlinks=False)
    settings = folder / "terraform" / "environments" / "local.tfvars"
    text = settings.read_text()
    assert SOAKS[0] in text
    settings.write_text(text.replace(*SOAKS))
    return files


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
