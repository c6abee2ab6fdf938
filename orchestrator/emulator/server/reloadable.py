"""Which services' tasks are started so that `up --watch` can exchange their files, and the files it has copied to them.

Kept in a file beside the emulator's state: the emulator looks there whenever it starts a task. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.system import atomic

NAME = "reloadable.json"


@dataclass(frozen=True)
class Reloadable:
    """The services of one cluster, in the folder that the emulator keeps everything in."""

    folder: Path
    cluster: str

    def services(self) -> dict[str, list[str]]:
        """Per service the files that differ from the release, empty as long as none has been copied."""
        return self._all().get(self.cluster, {})

    def put(self, services: Mapping[str, Sequence[str]]) -> None:
        """Note that these are the services, from the next start of a task on."""
        self._write({**self._all(), self.cluster: {name: list(files) for name, files in services.items()}})

    def left(self) -> bool:
        """True if tasks may run that were started while there were such services."""
        return self.cluster in self._all()

    def forget(self) -> None:
        """Note that no such task runs."""
        self._write({name: found for name, found in self._all().items() if name != self.cluster})

    def _write(self, clusters: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        if clusters:
            atomic.write(self._file, json.dumps(clusters))
        else:
            self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self.folder / NAME

    def _all(self) -> dict[str, dict[str, list[str]]]:
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def forget(folder: Path) -> None:
    """Have every task started as its release is: where none runs, there is none that files were copied to."""
    (folder / NAME).unlink(missing_ok=True)
