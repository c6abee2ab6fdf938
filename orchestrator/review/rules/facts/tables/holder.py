"""One line of the tables: what a type of resource holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from orchestrator.review.model import Severity


class Kind(Enum):
    """What makes a resource matter when it is destroyed."""

    DATA = "data"
    """It keeps something that was put into it, and that Terraform cannot put back."""
    ADDRESS = "address"
    """Others reach or trust something by what the cloud gave to it: a name, an address, an identity."""
    SERVICE = "service"
    """It runs, and what it does stops while it is away."""
    HARMLESS = "harmless"
    """Made again from the configuration it is what it was."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A type of resource in words.

    `loses` is what is gone after a destruction ("every item in it"), `severity` that of the loss, `advice` what to do
    instead where it is more than the usual. `guessed` says that only the type's name was judged.
    """

    kind: Kind
    noun: str
    loses: str = ""
    severity: Severity = Severity.CRITICAL
    advice: str = ""
    guessed: bool = False


def table(kind: Kind, severity: Severity, prefix: str, rows: Mapping[str, tuple[str, ...]]) -> dict[str, Holder]:
    """Holders from rows `types: (noun, loses[, advice])`; several types that hold the same stand in one row."""
    return {
        prefix + name: Holder(kind, row[0], row[1], severity, row[2] if len(row) > 2 else "")
        for names, row in rows.items()
        for name in names.split()
    }
