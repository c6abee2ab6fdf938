"""Writes what an import has made, and overwrites nothing that anybody has changed since an import wrote it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from orchestrator.importing.report import File
from orchestrator.system import atomic

WRITTEN, UNCHANGED, KEPT = "written", "unchanged", "kept"
_HASH = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)


def hashes(report: Path) -> dict[str, str]:
    """The files that earlier imports wrote, as the report has them, with the hash of what they held."""
    try:
        return dict(_HASH.findall(report.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return {}


def of(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_own(file: Path, name: str, known: dict[str, str]) -> bool:
    """True if the file is as an earlier import wrote it."""
    try:
        return known.get(name) == hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return False


def states(files: Iterable[File], known: dict[str, str], named: dict[str, str]) -> dict[str, str]:
    """What is done with each file: written, unchanged or kept. `named` is its name in the report."""
    found = {}
    for file in files:
        path = Path(file.path)
        try:
            there: bytes | None = path.read_bytes()
        except FileNotFoundError:
            there = None
        except OSError:
            found[file.path] = KEPT
            continue
        if there == file.text.encode():
            found[file.path] = UNCHANGED
        elif there is None or is_own(path, named[file.path], known):
            found[file.path] = WRITTEN
        else:
            found[file.path] = KEPT
    return found


def write(files: Iterable[File]) -> None:
    """Write those that are to be written."""
    for file in files:
        if file.state == WRITTEN:
            atomic.write(Path(file.path), file.text)
