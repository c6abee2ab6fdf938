"""Applications of AWS Copilot that tests write themselves, and their import into an empty checkout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.importing import copilot
from orchestrator.importing.report import Outcome, Report, Row
from orchestrator.importing.tree import shown

WEB = "name: api\ntype: Load Balanced Web Service\nimage: {build: Dockerfile, port: 8000}\nhttp: {path: /}\n"


def imported(folder: Path, files: Mapping[str, str], *, dry_run: bool = False) -> Report:
    """Import an application of these files, each named from copilot/ on, into folder/services."""
    for name, text in files.items():
        file = folder / "app" / "copilot" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode(errors="surrogateescape"))
    report, _ = copilot.carry_out(folder / "app", folder / "services", dry_run=dry_run, checkout=folder)
    return report


def row(report: Report, key: str) -> Row:
    """The one row of a key, or of what is above it."""
    found = [item for item in report.rows if item.outcome is not Outcome.ADDED and shown(item.key) == key]
    assert len(found) == 1, (key, found)
    return found[0]
