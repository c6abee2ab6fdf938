"""Entries of `resource_changes` that a test needs beside those of `plans`: why something is destroyed or replaced."""

from __future__ import annotations

from typing import Any

from tests.review.plans import change


def destroyed(address: str, before: dict[str, Any], reason: str = "", **more: Any) -> dict[str, Any]:
    """Something that is destroyed, with Terraform's `action_reason`; `index`, `deposed` and the like as they are."""
    return change(address, before, None) | ({"action_reason": reason} if reason else {}) | more


def replaced(
    address: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *paths: list[str | int],
    reason: str = "replace_because_cannot_update",
    new_first: bool = False,
    unknown: Any = None,
) -> dict[str, Any]:
    """Something that is destroyed and made anew, because of what is at `paths`."""
    entry = change(address, before, after, unknown=unknown, replaced=True) | {"action_reason": reason}
    entry["change"]["replace_paths"] = list(paths)
    if new_first:
        entry["change"]["actions"] = ["create", "delete"]
    return entry


def forgotten(address: str, before: dict[str, Any]) -> dict[str, Any]:
    """Something that a `removed` block lets go of."""
    entry = change(address, before, None)
    entry["change"]["actions"] = ["forget"]
    return entry
