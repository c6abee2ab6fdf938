"""Where in the checkout a resource of a plan is written down, for annotations beside the changed lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from orchestrator.system import paths


def of(addresses: Iterable[str], root: Path = paths.TERRAFORM / "environment") -> dict[str, tuple[str, int]]:
    """Address => file (from the checkout's top) and line, for the addresses that can be told. Never raises."""
    found = {}
    for address in dict.fromkeys(addresses):
        place = _place(address, root)
        if place is not None:
            found[address] = place
    return found


def _place(address: str, folder: Path) -> tuple[str, int] | None:
    plain = re.sub(r'\["(?:[^"\\]|\\.)*"\]|\[\d+\]', "", address)
    parts = plain.split(".")
    while len(parts) > 2 and parts[0] == "module":
        source = _source(folder, parts[1])
        if source is None:
            return None
        folder, parts = source, parts[2:]
    if len(parts) != 2:
        return None
    block = re.compile(rf'^resource\s+"{re.escape(parts[0])}"\s+"{re.escape(parts[1])}"', re.MULTILINE)
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        match = block.search(text)
        if match:
            return _shown(file), text.count("\n", 0, match.start()) + 1
    return None


def _shown(file: Path) -> str:
    resolved = file.resolve()
    return resolved.relative_to(paths.ROOT).as_posix() if resolved.is_relative_to(paths.ROOT) else str(resolved)


def _source(folder: Path, name: str) -> Path | None:
    block = re.compile(rf'^module\s+"{re.escape(name)}"\s*\{{.*?^\s*source\s*=\s*"(\.[^"]*)"', re.MULTILINE | re.DOTALL)
    for file in sorted(folder.glob("*.tf")):
        match = block.search(file.read_text(encoding="utf-8"))
        if match:
            return folder / match[1]
    return None
