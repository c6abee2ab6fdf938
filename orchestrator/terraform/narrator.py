"""Terraform's events as a person follows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from orchestrator.console import Stage
from orchestrator.terraform import failures

# Where more resources change, a terminal shows how many of each module have: a line each would fill it.
FEW = 5
# What Terraform calls what it does to a resource, and what has happened to it then.
_DONE = {"create": "created", "update": "changed", "delete": "destroyed"}


class Narrator:
    """Turns Terraform's event stream into a stage's notes; says its warnings, keeps the change summary.

    `drifted` says that something was changed outside of Terraform.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._running: dict[str, None] = {}
        self._planned: Counter[tuple[str, str]] = Counter()
        self._done: Counter[tuple[str, str]] = Counter()
        self.summary = ""
        self.drifted = False

    def __call__(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind, hook = event.get("type"), event.get("hook", {})
        address = hook.get("resource", {}).get("addr", "")
        if kind in ("apply_start", "refresh_start"):
            self._running[address] = None
        elif kind in ("apply_complete", "apply_errored", "refresh_complete"):
            self._running.pop(address, None)
            if kind == "apply_complete":
                self._completed(hook, address)
        elif kind == "planned_change":
            self._planned.update(planned(event["change"]))
        elif kind == "diagnostic" and event["diagnostic"].get("severity") == "warning":
            self._stage.event(f"warning: {failures.describe(event['diagnostic'])}")
        elif kind == "resource_drift":
            self.drifted = True
        elif kind == "change_summary":
            changes = event["changes"]
            self.summary = f"{changes['add']} added, {changes['change']} changed, {changes['remove']} removed"
        if self._running:
            names = list(self._running)
            self._stage.note(
                f"{len(names)} in progress: {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "")
            )

    def _completed(self, hook: Mapping[str, Any], address: str) -> None:
        action = str(hook.get("action", "done"))
        few = self._planned.total() <= FEW
        seconds = hook.get("elapsed_seconds", 0)
        told = f"{action} {address}" + (f" ({seconds} s)" if seconds else "")
        if not self._stage.shows_counts or (action in _DONE and few):
            self._stage.event(told)
        elif action in _DONE:
            self._stage.keep(told)
            self._done[_module(hook), action] += 1
            self._stage.counts = counted(self._done, self._planned)


def planned(change: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Module and action of what a planned change will be told as: a replacement is two. Decides only."""
    action = str(change.get("action", ""))
    steps = ("create", "delete") if action == "replace" else (action,)
    return [(_module(change), step) for step in steps if step in _DONE]


def counted(done: Mapping[tuple[str, str], int], planned: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Per module, in the order in which they began, how many of its resources are done. Decides only."""
    lines: dict[str, list[str]] = {}
    for (module, action), number in done.items():
        of = f" of {planned[module, action]}" if planned.get((module, action), 0) > number else ""
        lines.setdefault(module or "root module", []).append(f"{number}{of} {_DONE[action]}")
    return [(module, ", ".join(texts)) for module, texts in lines.items()]


def _module(told: Mapping[str, Any]) -> str:
    return str(told.get("resource", {}).get("module", ""))
