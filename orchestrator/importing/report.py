"""What the report of an import says: for each key of each file what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.importing.tree import Place


class Outcome(StrEnum):
    """What became of a key."""

    CARRIED = "carried"
    CHANGED = "changed"
    NONE = "no counterpart"
    # Not in the manifest, and written because the defaults differ.
    ADDED = "added"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Row:
    """One key, or all keys below it, or with no key a whole file.

    `into` is what it has become, `text` is why it differs, or what to do instead.
    """

    file: str
    line: int
    key: Place
    outcome: Outcome
    into: str = ""
    text: str = ""


@dataclass(frozen=True)
class File:
    """A file that the import makes: where, what is in it, and whether it was written."""

    path: str
    text: str
    state: str = ""


@dataclass(frozen=True)
class Report:
    """All rows, by file and line, and the files that were made."""

    application: str
    rows: tuple[Row, ...]
    files: tuple[File, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many rows of each outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome.value: found[outcome] for outcome in Outcome}

    @property
    def problems(self) -> tuple[Row, ...]:
        """The rows that somebody has to look into before anything was made of the file."""
        return tuple(row for row in self.rows if row.outcome is Outcome.PROBLEM)


def ordered(rows: Sequence[Row]) -> tuple[Row, ...]:
    """By file and line; what was added comes last."""
    return tuple(sorted(rows, key=lambda row: (row.file, row.outcome is Outcome.ADDED, row.line)))
