"""What is told at the end: the URL, what changed, where the time went; the same for machines.

What renders a review is loaded where there is one to show: a deploy that changes nothing has none.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from orchestrator import screen
from orchestrator.console import Console, Stage
from orchestrator.deploy import planning
from orchestrator.deploy.planning import Planned
from orchestrator.images.image import Image
from orchestrator.project.manifest import ROOT_PATH, Service
from orchestrator.releases import releases
from orchestrator.review.model import Review, Verdict
from orchestrator.system import paths, plain

if TYPE_CHECKING:
    from orchestrator.deploy.deployment import Live

_BAR_WIDTH = 30
_NAME_WIDTH = 24
# After the first local deploy.
FIRST_STEPS = """\
next:  open {url}
       python3 orchestrate.py logs         what the services write
       python3 orchestrate.py up           after a change: deploys only that
       python3 orchestrate.py up --watch   serves what you save at once"""


def up_json(
    live: Live,
    images: Sequence[Image],
    review: Review,
    console: Console,
    runs: Sequence[str],
    seconds: float,
) -> dict[str, Any]:
    """The object that `up --json` ends with."""
    return {
        "url": live.url,
        "images": {item.service: image_json(item) for item in images},
        "changes": changes_json(review),
        "release": releases.describe(live.release),
        "stages": stages_json(console.stages),
        "seconds": round(seconds, 2),
        "terraform_runs": list(runs),
        "picture": str(live.picture) if live.picture else None,
    }


def image_json(item: Image) -> dict[str, Any]:
    """One image as `--json` shows it."""
    return {
        "tag": item.tag,
        "digest": None if item.missing else item.digest or None,
        "uri": item.uri,
        "missing": item.missing,
        "built": item.built,
        "pushed": item.pushed,
        "why": item.why or None,
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
    long = [stage for stage in stages if stage.elapsed >= 0.5]
    names = max([_NAME_WIDTH, *(len(stage.name) for stage in long)])
    lines = []
    for stage in long:
        left = round((stage.began - start) / whole * _BAR_WIDTH)
        width = max(1, round(stage.elapsed / whole * _BAR_WIDTH))
        bar = " " * min(left, _BAR_WIDTH - 1) + "█" * min(width, _BAR_WIDTH - min(left, _BAR_WIDTH - 1))
        lines.append(f"  {stage.name:<{names}} {stage.elapsed:6.1f} s  {bar}")
    return lines


def changes_json(review: Review) -> dict[str, Any]:
    """What a plan changes, as `--json` counts it, and the images that it moves."""
    deploys = [{"service": item.service, "before": item.before, "after": item.after} for item in review.deploys]
    return {**planning.counts_json(review.counts), "deploys": deploys}


def shown(review: Review, stream: TextIO, *, brief: bool = False) -> str:
    """The review for a terminal; `brief` leaves out what each resource becomes."""
    from orchestrator.review.render import terminal

    if brief:
        review = replace(review, plan=replace(review.plan, resources=(), outputs=(), drift=(), other_drift=0))
    columns = screen.columns(stream)
    width = min(columns or shutil.get_terminal_size((100, 24)).columns, 120)
    said = terminal.render(review, colour=plain.colour_wanted(stream), width=width).rstrip("\n")
    return screen.folded(said, columns) if columns else said


def is_first_and_safe(review: Review) -> bool:
    """True for a first deploy of which nothing has to be read before it is applied."""
    from orchestrator.review.render import words

    return words.folds(review) and review.verdict is Verdict.SAFE and not review.stops and not review.policy_notes


def first(review: Review, stream: TextIO) -> str:
    """The review of a first deploy that is safe, for a terminal: everything is new, so that its verdict is enough."""
    said = shown(replace(review, deploys=(), findings=()), stream, brief=True)
    number = len(review.findings)
    if not number:
        return said
    what = "1 finding that is" if number == 1 else f"{number} findings that are"
    return f"{said}\n{what} only worth knowing: --verbose shows {'it' if number == 1 else 'them'}"


def page(url: str, services: Sequence[Service]) -> str:
    """What to open in a browser: the URL itself if a service owns `/`, else the first path that a service owns."""
    owned = [path for service in services for route in service.routes for path in route.paths]
    return url if not url or not owned or ROOT_PATH in owned else url + owned[0].lstrip("/")


def summary(
    environment: str, live: Live, images: Sequence[Image], planned: Planned, stages: Sequence[Stage], seconds: float,
    *, first_steps: bool = False,
) -> str:  # fmt: skip
    """What is told at the end of a deploy that went live; with `first_steps` what somebody new can do next."""
    built = ", ".join(item.service for item in images if item.built)
    times = timeline(stages)
    picture = f"picture: {paths.from_here(live.picture)}" if live.picture else ""
    if times:
        times = ["", "Where the time went:", *times, *([f"  as a {picture}"] if picture else [])]
    elif picture:
        times = [picture]
    after = f"next:  open {live.url}   (or: python3 orchestrate.py status {environment})"
    return "\n".join([
        "",
        f"{environment} is live as {live.release.name} after {seconds:.1f} s: {live.url}",
        f"  built and pushed: {built or 'nothing, every image was there'}",
        f"  terraform: {planned.review.counts if planned.file else 'no change'}",
        *(f"  {line}" for line in deploy_lines(planned.review)),
        *times,
        "",
        *(FIRST_STEPS.format(url=live.url).splitlines() if first_steps else [after]),
    ])  # fmt: skip


def deploy_lines(review: Review) -> list[str]:
    """A line for each image that moves."""
    if not review.deploys:
        return []
    from orchestrator.review.render import words

    names = max(len(item.service) for item in review.deploys)
    return [f"{item.service:<{names}}  {' → '.join(words.image_change(item))}" for item in review.deploys]
