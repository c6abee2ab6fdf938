"""What is told at the end: the URL, what changed, where the time went; the same for machines."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TextIO

from orchestrator.console import Console, Stage
from orchestrator.deploy import planning
from orchestrator.deploy.planning import Planned
from orchestrator.images.image import Image
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.review.model import Review
from orchestrator.review.render import terminal, words

_BAR_WIDTH = 30


def up_json(
    environment: str,
    url: str,
    images: Sequence[Image],
    review: Review,
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
        "changes": changes_json(review),
        "release": releases.describe(release),
        "stages": stages_json(console.stages),
        "seconds": round(seconds, 2),
        "terraform_runs": list(runs),
    }


def image_json(item: Image) -> dict[str, Any]:
    """One image as `--json` shows it."""
    return {
        "tag": item.tag,
        "digest": item.digest,
        "uri": item.uri,
        "built": item.built,
        "pushed": item.pushed,
        "why": item.why,
        "missing": item.missing,
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


def changes_json(review: Review) -> dict[str, Any]:
    """What a plan changes, as `--json` counts it, and the images that it moves."""
    deploys = [{"service": item.service, "before": item.before, "after": item.after} for item in review.deploys]
    return {**planning.counts_json(review.counts), "deploys": deploys}


def shown(review: Review, stream: TextIO, *, brief: bool = False) -> str:
    """The review for a terminal; `brief` leaves out what each resource becomes."""
    if brief:
        review = replace(review, plan=replace(review.plan, resources=(), outputs=(), drift=(), other_drift=0))
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    return terminal.render(review, colour=terminal.colour_wanted(stream), width=width).rstrip("\n")


def summary(
    environment: str, url: str, images: Sequence[Image], planned: Planned, release: str, stages: Sequence[Stage],
    seconds: float,
) -> str:  # fmt: skip
    """What is told at the end of a deploy that went live."""
    built = ", ".join(item.service for item in images if item.built)
    return "\n".join([
        "",
        f"{environment} is live as {release} after {seconds:.1f} s: {url}",
        f"  built and pushed: {built or 'nothing, every image was there'}",
        f"  terraform: {planned.review.counts if planned.file else 'no change'}",
        *(f"  {line}" for line in deploy_lines(planned.review)),
        "",
        "Where the time went:",
        *timeline(stages),
        "",
        f"next:  open {url}   (or: python3 orchestrate.py status {environment})",
    ])  # fmt: skip


def deploy_lines(review: Review) -> list[str]:
    """A line for each image that moves."""
    return [f"{item.service}  {' -> '.join(words.image_change(item))}" for item in review.deploys]
