"""Terraform's events as a person follows them."""

from __future__ import annotations

from typing import Any

from orchestrator.console import Stage
from orchestrator.terraform import runner


class Narrator:
    """Turns Terraform's event stream into a stage's notes; says its warnings, keeps the change summary."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._running: dict[str, None] = {}
        self.summary = ""

    def __call__(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind, hook = event.get("type"), event.get("hook", {})
        address = hook.get("resource", {}).get("addr", "")
        if kind in ("apply_start", "refresh_start"):
            self._running[address] = None
        elif kind in ("apply_complete", "apply_errored", "refresh_complete"):
            self._running.pop(address, None)
            if kind == "apply_complete":
                self._stage.event(f"{hook.get('action', 'done')} {address} ({hook.get('elapsed_seconds', 0)} s)")
        elif kind == "diagnostic" and event["diagnostic"].get("severity") == "warning":
            self._stage.event(f"warning: {runner.describe(event['diagnostic'])}")
        elif kind == "change_summary":
            changes = event["changes"]
            self.summary = f"{changes['add']} added, {changes['change']} changed, {changes['remove']} removed"
        if self._running:
            names = list(self._running)
            self._stage.note(
                f"{len(names)} in progress: {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "")
            )
