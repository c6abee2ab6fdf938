"""What `doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One thing, its status, what was found, and the command or step that mends it ("" when nothing is to be done)."""

    name: str
    status: Literal["ok", "warning", "missing"]
    found: str
    action: str = ""
