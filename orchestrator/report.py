"""What is told at the end: the URL, what changed, where the time went; the same for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator import changes as changes_module
from orchestrator import releases
from orchestrator.changes import Changes
from orchestrator.console import Console, Stage
from orchestrator.delivery import Delivered
from orchestrator.releases import Release

_BAR_WIDTH = 30


def up_json(
    environment: str,
    url: str,
    images: Sequence[Delivered],
    changes: Changes,
    release: Release,
    console: Console,
    runs: Sequence[str],
    seconds: float,
) -> dict[str, Any]:
    """The object that `up --json` ends with."""
    return {
        "environment": environment,
        "url": url,
        "images": {item.service: image_json(item) for item in images},
        "changes": changes_module.to_json(changes),
        "release": releases.describe(release),
        "stages": stages_json(console.stages),
        "seconds": round(seconds, 2),
        "terraform_runs": list(runs),
    }


def image_json(item: Delivered) -> dict[str, Any]:
    """One image as `--json` shows it."""
    return {
        "tag": item.tag,
        "digest": item.digest,
        "uri": item.uri,
        "built": item.built,
        "pushed": item.pushed,
        "why": item.why,
    }


def stages_json(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """The stages in the order they began."""
    return [{"name": stage.name, "seconds": round(stage.elapsed, 2)} for stage in stages]


def timeline(stages: Sequence[Stage]) -> list[str]:
    """Where the time went: a line per stage of half a second or more, its bar where it lay in the whole."""
    if not stages:
        return []
    start = min(stage.began for stage in stages)
    whole = max(stage.began + stage.elapsed for stage in stages) - start or 1.0
    lines = []
    for stage in stages:
        if stage.elapsed < 0.5:
            continue
        left = round((stage.began - start) / whole * _BAR_WIDTH)
        width = max(1, round(stage.elapsed / whole * _BAR_WIDTH))
        bar = " " * min(left, _BAR_WIDTH - 1) + "█" * min(width, _BAR_WIDTH - min(left, _BAR_WIDTH - 1))
        lines.append(f"  {stage.name:<24} {stage.elapsed:6.1f} s  {bar}")
    return lines


def change_lines(changes: Changes, limit: int = 40) -> list[str]:
    """What a plan changes, for a person; long lists are cut with their number."""
    lines = list(changes.lines())
    if len(lines) > limit:
        lines = [*lines[:limit], f"  ... and {len(lines) - limit} more"]
    return lines
