"""`diff`: what runs against what the checkout says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode
from orchestrator.images import checkout
from orchestrator.project.environment import Environment
from orchestrator.releases import releases
from orchestrator.review.references import short
from orchestrator.running import comparison
from orchestrator.running.comparison import Comparison
from orchestrator.running.differences import Change, Difference, ImageChange
from orchestrator.system import plain

_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print the differences. Returns 0, or 2 if there are some and `--detailed-exitcode` asks for it."""
    services = checkout.services(environment, console)
    found = comparison.compare(places.reach(environment), services)
    if arguments.json:
        console.json({
            "release": releases.describe(found.release),
            "commit": found.head.whole or None,
            "differs": found.differs,
            "services": {item.service: item.as_json() for item in found.services},
        })  # fmt: skip
    else:
        console.table("\n".join(lines(environment.name, found)))
    return ExitCode.PLAN_HAS_CHANGES if found.differs and arguments.detailed_exitcode else ExitCode.SUCCESS


def lines(environment: str, found: Comparison) -> Iterator[str]:
    """The comparison for a person."""
    release = found.release
    of = f" of {plain.commit(release.commit)}" if release and release.commit else ""
    runs = f"{release.name}{of}" if release else "no verified release"
    yield f"{environment} runs {runs}; the checkout is {found.head.short or 'of no known commit'}"
    yield ""
    for item in found.services:
        if item.status != "same":
            yield from _of_service(item)
        yield from (f"  note: {item.service} {note}" for note in item.notes)
    same = [item.service for item in found.services if item.status == "same"]
    if same:
        yield f"  {', '.join(same)}: no difference"


def _of_service(item: Difference) -> Iterator[str]:
    what = {"added": "  (new service)", "removed": "  (not in the checkout: `up` removes it)"}.get(item.status, "")
    yield f"{_MARKS[item.status]} {item.service}{what}"
    if item.image is not None:
        yield from _of_image(item.image)
    width = max((len(change.name) for change in item.changes), default=0)
    yield from (f"    {change.name:<{width}}  {_values(change)}" for change in item.changes)


def _of_image(image: ImageChange) -> Iterator[str]:
    after = short(image.after) if image.is_built else f"{image.after} (to be built)"
    before = f"{short(image.before)} -> " if image.before else ""
    yield f"    image  {before}{after}{f': {image.why}' if image.why else ''}"
    yield from (f"           {line}" for line in image.commits)


def _values(change: Change) -> str:
    if change.before is None:
        return f"+ {change.after}"
    if change.after is None:
        return f"- {change.before}"
    return f"{change.before} -> {change.after}"
