"""What `doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Check:
    """One thing, its status, what was found, and the command or step that mends it ("" when nothing is to be done)."""

    name: str
    status: Literal["ok", "warning", "missing"]
    found: str
    action: str = ""

    def as_json(self) -> dict[str, Any]:
        """The check as `--json` shows it, in the form and words of those of `verify`."""
        return {
            "group": "machine",
            "name": self.name,
            "status": "failed" if self.status == "missing" else self.status,
            "found": self.found,
            "next_step": self.action or None,
            "blocks": self.status == "missing",
        }
