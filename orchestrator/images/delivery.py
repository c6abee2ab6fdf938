"""Brings every service's image into the registry: what is there is left alone, what is missing is built and pushed.

A tag says what an image should be made of, and is believed of nobody: whoever may push, a job of a pull request too,
could have put anything else there first. What may be deployed is what a record beside the state names, written by
those who may apply after they have built it themselves.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestrator.aws import ecr, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.images import build, content_hash
from orchestrator.images.image import PLACEHOLDER, Image
from orchestrator.images.mirror import mirror, resolve, taken
from orchestrator.images.mirror.resolve import Resolved
from orchestrator.images.trial import trial
from orchestrator.machine import engine_images
from orchestrator.project.manifest import Service
from orchestrator.system import parallel, paths

# Builds side by side; more than two contend for the same disk and cores.
BUILDERS = 2


@dataclass(frozen=True)
class Base:
    """The base image: what `docker build` is told, and what stands for it in the content's hash."""

    reference: str
    content_id: str


# Where no image is built on it.
NO_BASE = Base("", "none")


@dataclass(frozen=True)
class Wanted:
    """An image that the checkout asks for. `digest` is None as long as the registry does not hold it.

    `taken` is what `image:` names, if it was asked for: such an image is mirrored instead of being built.
    `news` says which image that is.
    """

    service: Service
    content: content_hash.Content
    digest: str | None
    why: str
    taken: Resolved | None = None
    news: str = ""

    @property
    def tag(self) -> str:
        """The content's tag."""
        return self.content.tag

    def sbom(self, work: Path) -> Path:
        """Where the bill of materials is kept, in the environment's work folder, if the image was built there."""
        return work / "sbom" / self.service.name / f"{self.tag}.cdx.json"


def wanted(
    aws: Aws,
    services: Sequence[Service],
    base: Base,
    platform: str,
    deployed: Mapping[str, str],
    *,
    proposed: bool = False,
    resolve_tags: bool = False,
) -> list[Wanted]:
    """For each service the image that its files make now, and whether the registry has it.

    `deployed` is the tag that each service runs now, which `why` compares with. With `proposed` an image counts that
    anybody has pushed under that tag: good enough for a plan that is made to be read. Without `resolve_tags` what
    `image:` names is what is deployed of it, as far as something is.
    """

    def look(service: Service) -> Wanted:
        if service.image:
            return _taken(aws, service, platform, deployed.get(service.name), proposed, resolve_tags)
        content = content_hash.content(
            service, base=base.content_id, platform=platform, tools=build.TOOLS, beside=beside
        )
        digest = find(aws, service.name, content.tag, proposed=proposed)
        tag = deployed.get(service.name)
        if tag == content.tag:
            return Wanted(service, content, digest, "" if digest else "gone from the registry")
        before = state.read_made_again(aws, _inputs_key(service.name, tag)) if tag else None
        return Wanted(service, content, digest, taken.after_a_build(before, content.inputs))

    beside = content_hash.Beside()
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(look, services))


def _taken(aws: Aws, service: Service, platform: str, tag: str | None, proposed: bool, resolve_tags: bool) -> Wanted:
    before = state.read_made_again(aws, _inputs_key(service.name, tag)) if tag else None
    record = taken.recorded(before or {})
    if not resolve_tags and record and (record.reference, record.platform) == (service.image, platform):
        content = taken.content(service, record.identity, platform)
        if digest := find(aws, service.name, content.tag, proposed=proposed):
            return Wanted(service, content, digest, "")
    assert service.image is not None
    resolved = resolve.resolve(service.name, service.image, platform)
    content = taken.content(service, resolved.identity, platform)
    digest = find(aws, service.name, content.tag, proposed=proposed)
    why = taken.why(before, service, resolved) if tag != content.tag else "" if digest else "gone from the registry"
    news = why if why.startswith(str(resolved)) else str(resolved)
    return Wanted(service, content, digest, why, resolved, news)


def find(aws: Aws, service: str, tag: str, *, proposed: bool) -> str | None:
    """The digest of the image that may be deployed for that content, or None if there is none in the registry."""
    if aws.environment.place.trusts_tags:
        return ecr.find(aws, service, tag)
    digest = state.read_made_again(aws, built_key(service, tag)).get("digest")
    if isinstance(digest, str) and ecr.holds(aws, service, digest):
        return digest
    return ecr.find(aws, service, tag) if proposed else None


def built_key(service: str, tag: str) -> str:
    """Where it is recorded which image is made of that content. A role that only plans must not write there."""
    return f"built/{service}/{tag}.json"


def _believes_tags(aws: Aws, proposed: bool) -> bool:
    return proposed or aws.environment.place.trusts_tags


def _inputs_key(service: str, tag: str) -> str:
    return f"images/{service}/{tag}.json"


def deliver(
    aws: Aws,
    wanted: Sequence[Wanted],
    base: Base,
    platform: str,
    console: Console,
    *,
    docker_host: str | None,
    wait_for_repositories: Callable[[], object],
    proposed: bool = False,
) -> list[Image]:
    """Build and push what the registry lacks, side by side; a push waits until the repositories exist.

    `proposed` images are left without a record: they are for a plan, and nobody deploys them.
    """

    def one(image: Wanted) -> Image:
        service, tag = image.service.name, image.tag
        if image.digest is not None:
            return Image(service, tag, ecr.uri(aws, service, image.digest), image.why)
        believed = _believes_tags(aws, proposed)
        # The content's own tag may be taken, by a proposal or by something that only looks like one.
        pushed_as = tag if believed else f"{tag}-{secrets.token_hex(4)}"
        if image.taken is not None:
            return mirrored(image, image.taken, pushed_as)
        with console.stage(f"build {service}") as stage:
            reference = f"{aws.registry_host}/{ecr.repository(service)}:{pushed_as}"
            labels = {"org.opencontainers.image.title": service, "org.opencontainers.image.version": tag}
            if aws.endpoint:
                labels[engine_images.LABEL] = paths.work_id()
            build.build(
                image.content,
                reference,
                base_reference=base.reference,
                platform=platform,
                labels=labels,
                note=stage.note,
            )
            build.copy_sbom(reference, image.sbom(aws.environment.work))
            stage.result = f"{tag} ({image.why})"
        trials.check(image.service, reference)
        wait_for_repositories()
        with console.stage(f"push {service}") as stage:
            digest = ecr.push(aws, service, pushed_as, docker_host=docker_host, on_line=stage.note)
            record(image, digest, pushed_as)
            stage.result = digest[:19]
        return Image(service, tag, ecr.uri(aws, service, digest), image.why, built=True, pushed=True)

    def mirrored(image: Wanted, what: Resolved, pushed_as: str) -> Image:
        service = image.service.name
        trials.check_taken(image.service, what)
        wait_for_repositories()
        with console.stage(f"mirror {service}") as stage:
            digest = mirror.bring(aws, service, what, pushed_as, docker_host=docker_host, note=stage.note)
            record(image, digest, pushed_as)
            stage.result = f"{what} ({image.why})"
        return Image(service, image.tag, ecr.uri(aws, service, digest), image.why, pushed=True)

    def record(image: Wanted, digest: str, pushed_as: str) -> None:
        service, tag = image.service.name, image.tag
        if not _believes_tags(aws, proposed):
            state.write(aws, built_key(service, tag), {"digest": digest, "pushed_as": pushed_as})
        reference = {taken.REFERENCE: image.service.image} if image.taken else {}
        state.write(aws, _inputs_key(service, tag), {**image.content.inputs, **reference})

    with trial.trials(aws, platform, console, docker_host) as trials, ThreadPoolExecutor(BUILDERS) as pool:
        return parallel.gather([pool.submit(one, image) for image in wanted])


def as_it_is(aws: Aws, wanted: Sequence[Wanted], deployed: Mapping[str, str]) -> list[Image]:
    """The images that are in the registry; for the others, marked as missing, those deployed now (URIs by service)."""

    def one(image: Wanted) -> Image:
        name = image.service.name
        if image.digest is not None:
            return Image(name, image.tag, ecr.uri(aws, name, image.digest), image.why)
        uri = deployed.get(name) or ecr.uri(aws, name, PLACEHOLDER)
        return Image(name, image.tag, uri, image.why, missing=True)

    return [one(image) for image in wanted]
