"""Where temporary files go, looked at before anything starts. Standard library only.

Terraform, its provider, pip and this program all want such a folder, and each tells in words of its own, late, that
there is none.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import PrerequisiteMissing

# In the order in which Python asks them; Terraform asks the first one only.
VARIABLES = ("TMPDIR", "TEMP", "TMP")
DEFAULT = Path("/tmp")
# A provider answers on a socket in that folder. Its path may have 107 bytes (unix(7)), its name takes up to 17 of them.
LONGEST_BYTES = 90
# A file system that is full still makes empty files.
_PROBE = b"\0" * 65536


@dataclass(frozen=True)
class TempFolder:
    """The folder, absolute, and the variable that names it; "" for the system's own."""

    folder: Path
    variable: str


def chosen(shell: Mapping[str, str]) -> TempFolder:
    """The folder that these environment variables name."""
    for variable in VARIABLES:
        if shell.get(variable):
            return TempFolder(Path(shell[variable]).absolute(), variable)
    return TempFolder(DEFAULT, "")


def check() -> None:
    """Raise `PrerequisiteMissing` if no temporary file can be written, naming the variable that is at fault."""
    found = chosen(os.environ)
    reason = "" if len(os.fsencode(found.folder)) <= LONGEST_BYTES else _too_long(found.folder)
    try:
        if not reason:
            with tempfile.TemporaryFile(dir=found.folder) as file:
                file.write(_PROBE)
                file.flush()
    except OSError as error:
        reason = f"{error.strerror}."
    if reason:
        raise PrerequisiteMissing(
            f"{found.variable} is {found.folder}, which cannot hold temporary files"
            if found.variable
            else f"{found.folder} cannot hold temporary files",
            reason=reason,
            next_step=_way_out(found),
        )


def _too_long(folder: Path) -> str:
    return (
        f"Its path has {len(os.fsencode(folder))} bytes. Terraform's providers answer on a socket in it, "
        f"for which {LONGEST_BYTES} are the most."
    )


def _way_out(found: TempFolder) -> str:
    if not found.variable:
        return "free disk space or correct its permissions, or name another folder: TMPDIR=FOLDER"
    mend = f"mkdir -p {shlex.quote(str(found.folder))}, or " if not found.folder.exists() else ""
    return f"{mend}unset {found.variable}, or let it name a folder with room that you may write"
