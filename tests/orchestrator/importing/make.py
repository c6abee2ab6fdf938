"""Makes what is expected of the corpus' applications again, by importing them.

    python -m tests.orchestrator.importing.make [CASE ...]

A case is an application of AWS Copilot in corpus/. Its forms are those of public applications, names, domains and
account numbers are not. expected/ holds what an import of it writes; what changes there is for a reviewer to read.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestrator.importing import copilot

HERE = Path(__file__).parent
CORPUS, EXPECTED = HERE / "corpus", HERE / "expected"


def cases() -> list[str]:
    """The names of all cases."""
    return sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir())


def made(case: str, folder: Path) -> dict[str, str]:
    """What an import writes into an empty checkout in `folder`: the name of each file, and its text."""
    shutil.copytree(CORPUS / case, folder / "app")
    (folder / "services").mkdir()
    copilot.carry_out(folder / "app", folder / "services", dry_run=False, checkout=folder)
    shutil.rmtree(folder / "app")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def main(wanted: Sequence[str]) -> int:
    """Writes what is expected of the named cases, or of all."""
    for case in wanted or cases():
        with tempfile.TemporaryDirectory() as folder:
            files = made(case, Path(folder))
        shutil.rmtree(EXPECTED / case, ignore_errors=True)
        for name, text in files.items():
            file = EXPECTED / case / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
