"""`images`: per service the tag its files make, whether it is built, and what changed since the deployed one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import build, checkout, content_hash, delivery
from orchestrator.images.delivery import Base, Wanted
from orchestrator.project.environment import Environment
from orchestrator.releases import releases
from orchestrator.review.references import short

SHOWN = 10


def run(environment: Environment, console: Console, arguments: argparse.Namespace) -> int:
    """Print the images. Builds nothing. Returns the exit code."""
    services = checkout.services(environment, console)
    target = places.reach(environment)
    last = releases.latest(target.aws)
    needs_base = any(content_hash.needs_base(service) for service in services)
    base = _base(environment) if needs_base else delivery.NO_BASE
    platform = build.platform(environment.cpu_architecture)
    wanted = delivery.wanted(target.aws, services, base, platform, last.tags if last else {})
    if arguments.json:
        deployed = last.tags if last else {}
        console.json({"images": {image.service.name: as_json(image, deployed, environment.work) for image in wanted}})
        return ExitCode.SUCCESS
    console.table("\n".join(table(wanted)))
    return ExitCode.SUCCESS


def as_json(image: Wanted, deployed: Mapping[str, str], work: Path) -> dict[str, Any]:
    """An image as `--json` shows it; `deployed` are the tags of what is live."""
    sbom = image.sbom(work)
    return {
        "tag": image.tag,
        "digest": image.digest,
        "missing": image.digest is None,
        "deployed_tag": deployed.get(image.service.name),
        "why": image.why or None,
        "source": image.service.image or None,
        "left_out": {item.path: item.because for item in image.content.left_out},
        "sbom": str(sbom) if sbom.exists() else None,
    }


def table(wanted: Sequence[Wanted]) -> list[str]:
    """The same for a person."""
    names = max([len("service"), *(len(image.service.name) for image in wanted)])
    lines = [f"{'service':<{names}}  {'tag':<16}  {'digest':<12}  changed since the deployed one"]
    for image in wanted:
        digest = short(f"@{image.digest}") if image.digest else "not built"
        lines.append(f"{image.service.name:<{names}}  {image.tag:<16}  {digest:<12}  {image.why or 'nothing'}")
    return lines + [f"left out of {service}: {names}" for service, names in _left_out(wanted)]


def _left_out(wanted: Sequence[Wanted]) -> Iterator[tuple[str, str]]:
    """Per service what is kept out of its image, as far as somebody has to know. `--json` has all, with the reason."""
    for image in wanted:
        # A context of its own is the author's: nothing is left out of it without a word.
        every = image.content.recipe is not None
        names = [item.path for item in image.content.left_out if every or not item.by_default]
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            yield image.service.name, ", ".join(names[:SHOWN]) + more


def _base(environment: Environment) -> Base:
    """The base image that this copy builds on. Raises `Failure` before the first build: the tags depend on it."""
    from orchestrator.machine import base_image

    kept = base_image.remembered()
    if kept is None:
        raise Failure(
            "which images this checkout makes is not known yet",
            reason="Their tags depend on the base image, which this copy chooses when it builds for the first time.",
            next_step=f"python3 orchestrate.py up {environment.name}",
        )
    return Base(kept.reference, kept.content_id)
