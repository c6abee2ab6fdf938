"""`images`: per service the tag its files make, whether it is built, and what changed since the deployed one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from orchestrator import places
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import build, checkout, content_hash, delivery
from orchestrator.images.delivery import Base, Wanted
from orchestrator.project.environment import Environment
from orchestrator.releases import releases

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
        console.json({
            image.service.name: {
                "tag": image.tag,
                "digest": image.digest,
                "built": image.digest is not None,
                "deployed_tag": last.tags.get(image.service.name) if last else None,
                "why": image.why,
                "image": image.service.image,
                "left_out": {item.path: item.because for item in image.content.left_out},
                "sbom": str(sbom) if (sbom := image.sbom(environment.work)).exists() else None,
            }
            for image in wanted
        })  # fmt: skip
        return ExitCode.SUCCESS
    lines = [f"{'service':<24} {'tag':<17} {'digest':<20} changed since the deployed one"]
    for image in wanted:
        digest = image.digest[:19] if image.digest else "not built"
        lines.append(f"{image.service.name:<24} {image.tag:<17} {digest:<20} {image.why or 'nothing'}")
    lines += [f"left out of {service}: {names}" for service, names in _left_out(wanted)]
    console.data("\n".join(lines))
    return ExitCode.SUCCESS


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
