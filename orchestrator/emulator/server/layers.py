"""The layers of the images: each a file of its own beside the state, named by its content and written once.

What the emulator keeps of its registry is written after every push and read twice at each start. It only names the
layers, which are most of it, do not change, and are often shared by several images.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrator.system import atomic

SERVICE = "ecr"
FILE = f"{SERVICE}.json"
REFERENCE = "__layer__"
# Smaller ones, as manifests and configurations are, stay where they are named.
LEAST_BYTES = 16 * 1024

Hook = Callable[[Any], Any]


def belongs(file: Path) -> bool:
    """True for the file that names layers, also under the name that it has while it is written."""
    return file.name in (FILE, f"{FILE}.tmp")


class Layers:
    """The layers that a state folder's files name, or one that is to take its place."""

    def __init__(self, state: Path) -> None:
        self.folder = state.with_name("layers")
        self._read: dict[str, bytes] = {}

    def writing(self, default: Hook) -> Hook:
        """For `json.dumps`: large contents are put into files, all else is left to `default`."""

        def written(item: Any) -> Any:
            if isinstance(item, (bytes, bytearray)) and len(item) >= LEAST_BYTES:
                return self._put(bytes(item))
            return default(item)

        return written

    def reading(self, hook: Hook) -> Hook:
        """For `json.loads`: what was put into files is read from there, all else is left to `hook`."""
        return lambda found: self._get(found) if REFERENCE in found else hook(found)

    def checking(self, found: dict[str, Any]) -> dict[str, Any]:
        """For `json.loads`: raises `ValueError` where a layer is named that is not there as a whole."""
        if REFERENCE in found and not self._has(str(found[REFERENCE]), found.get("size")):
            raise ValueError(f"{found[REFERENCE]} is not in {self.folder}")
        return found

    def _put(self, content: bytes) -> dict[str, Any]:
        name = hashlib.sha256(content).hexdigest()
        if not self._has(name, len(content)):
            # It is on the disk before the file that names it is.
            atomic.write(self.folder / name, content)
        return {REFERENCE: name, "size": len(content)}

    def _get(self, found: dict[str, Any]) -> bytes:
        name = str(found[REFERENCE])
        if name not in self._read:
            self._read[name] = (self.folder / name).read_bytes()
        return self._read[name]

    def _has(self, name: str, size: object) -> bool:
        try:
            return (self.folder / name).stat().st_size == size
        except OSError:
            return False


def remove_unused(state: Path) -> None:
    """Remove the layers that the state does not name any more, and what a killed process has left half written.

    Only once the state is on the disk: one that comes back after a power cut would name what is gone.
    """
    folder = Layers(state).folder
    if not folder.exists() or not (state / FILE).exists():
        return
    named: set[object] = set()

    def note(found: dict[str, Any]) -> dict[str, Any]:
        if REFERENCE in found:
            named.add(found[REFERENCE])
        return found

    json.loads((state / FILE).read_bytes(), object_hook=note)
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()
