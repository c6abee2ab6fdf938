"""Which image a tag names now, on this platform: asked of its registry, or of the engine for what was built by hand."""

from __future__ import annotations

import hashlib
import json
import urllib.error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.aws import ecr
from orchestrator.errors import Failure
from orchestrator.images.mirror import reference as references
from orchestrator.images.mirror.reference import Reference
from orchestrator.images.mirror.source import Source
from orchestrator.system import process

_LARGEST_MANIFEST = 4 << 20
_INDEXES = tuple(kind for kind in ecr.MANIFEST_TYPES if "list" in kind or "index" in kind)


@dataclass(frozen=True)
class Resolved:
    """An image by its digest in the registry. An image of the engine alone has none: `engine_id` is its id there."""

    reference: Reference
    digest: str = ""
    engine_id: str = ""

    @property
    def identity(self) -> str:
        """What tells it from every other image."""
        return self.digest or self.engine_id

    def __str__(self) -> str:
        where = "" if self.digest else " of this machine's engine"
        return f"{self.reference} is {self.identity[:19]}{where}"


class Unknown(Exception):
    """The registry has no such image, or does not show it; the text says what it answered."""


def resolve(service: str, text: str, platform: str, *, ask_engine: bool = True) -> Resolved:
    """The image that `image:` of a service names. Raises `Failure`.

    An image of the engine counts only if it is of no registry, so that an old pull never hides what a tag names now.
    """
    reference = references.parse(text)
    if ask_engine and not reference.digest and (own := _of_engine(reference)):
        _check_platform(service, reference, f"{own['Os']}/{own['Architecture']}", platform)
        return Resolved(reference, engine_id=str(own["Id"]))
    try:
        digest = _digest(service, Source(reference), reference, platform)
    except (Unknown, OSError, ValueError) as error:
        raise _failure(service, reference, error) from error
    return Resolved(reference, digest)


def choose(index: Mapping[str, Any], platform: str) -> str | None:
    """The digest of an index's image for a platform (`linux/arm64`). Decides only."""
    wanted = platform.split("/")
    for part in index.get("manifests", ()):
        at = part.get("platform") or {}
        if [at.get("os"), at.get("architecture")] == wanted:
            return str(part["digest"])
    return None


def platforms(index: Mapping[str, Any]) -> list[str]:
    """The platforms that an index has images for; what else is in one (signatures) names none."""
    found = [part.get("platform") or {} for part in index.get("manifests", ())]
    return [f"{at['os']}/{at['architecture']}" for at in found if at.get("os") not in (None, "unknown")]


def _digest(service: str, source: Source, reference: Reference, platform: str) -> str:
    text, kind = _manifest(source, reference.wanted)
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    if reference.digest and digest != reference.digest:
        raise ValueError("the registry gave another manifest than was asked for")
    manifest = json.loads(text)
    if kind in _INDEXES or "manifests" in manifest:
        found = choose(manifest, platform)
        if found is None:
            _check_platform(service, reference, ", ".join(platforms(manifest)) or "no platform", platform)
        return str(found)
    if "config" not in manifest:
        raise ValueError(f"its manifest is of a kind that is not supported: {kind}")
    with source.call("GET", source.path("blobs", manifest["config"]["digest"])) as answer:
        config = json.loads(answer.read(_LARGEST_MANIFEST))
    if isinstance(config, dict) and config.get("architecture"):
        _check_platform(service, reference, f"{config.get('os', 'linux')}/{config['architecture']}", platform)
    return digest


def _manifest(source: Source, wanted: str) -> tuple[bytes, str]:
    accept = {"Accept": ", ".join(ecr.MANIFEST_TYPES)}
    try:
        with source.call("GET", source.path("manifests", wanted), accept) as answer:
            return answer.read(_LARGEST_MANIFEST), answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            raise Unknown(f"it answered {error.code} {error.reason}") from error
        raise


def _check_platform(service: str, reference: Reference, has: str, wants: str) -> None:
    if has != wants:
        raise Failure(
            f"the image of {service} is not for {wants}",
            reason=f"{reference} has {has}.",
            next_step="name an image for that platform, or set cpu_architecture in the environment's tfvars",
        )


def _failure(service: str, reference: Reference, error: Exception) -> Failure:
    if isinstance(error, Unknown):
        return Failure(
            f"there is no image {reference}, or it is not shown",
            reason=f"services/{service}/service.yaml names it. {reference.host} was asked, and {error}.",
            next_step=f"correct `image:`, or log in: docker login {reference.host}",
        )
    return Failure(
        f"{reference.host} does not say which image {reference} is",
        reason=f"services/{service}/service.yaml names it. {getattr(error, 'reason', None) or error}",
        next_step="run the same command again when the registry can be reached",
    )


def _of_engine(reference: Reference) -> Mapping[str, Any] | None:
    """The engine's image of that name if it was built here: a pulled or pushed one is known by a digest too."""
    if process.which("docker") is None:
        return None
    done = process.run(["docker", "image", "inspect", str(reference)])
    if not done.ok:
        return None
    found = json.loads(done.stdout)[0]
    return None if is_of_registry(found.get("RepoDigests") or (), reference) else found


def is_of_registry(digests: Sequence[str], reference: Reference) -> bool:
    """True if one of the engine's digests (`nginx@sha256:...`) is of that repository. Decides only."""
    return any(item.partition("@")[0] == reference.repository for item in digests)
