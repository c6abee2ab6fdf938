"""Copies an image from one registry to another byte for byte, so that its digest stays what was proven.

`docker pull` and `docker push` would pack layers again, and the digest with them. So the registries are spoken to in
their own protocol (OCI distribution), which needs no container engine either.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure

_CHUNK = 1 << 20
_SECONDS = 60.0
_LARGEST_MANIFEST = 4 << 20


class Repository(Protocol):
    """A repository of any registry."""

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The answer of the registry, logged in."""

    def path(self, kind: str, reference: str = "") -> str:
        """The URL of a manifest or blob, or where an upload begins."""


@dataclass(frozen=True)
class _Registry:
    """One service's repository in a registry, and how to log in to it."""

    url: str
    name: str
    token: str
    opener: urllib.request.OpenerDirector

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The answer of the registry. A redirect does not get the login: it goes to a store with one of its own."""
        request = urllib.request.Request(urllib.parse.urljoin(self.url, url), data=body, method=method)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        request.add_unredirected_header("Authorization", f"Basic {self.token}")
        return self.opener.open(request, timeout=_SECONDS)

    def path(self, kind: str, reference: str = "") -> str:
        """The URL of a manifest or blob, or where an upload begins."""
        return f"{self.url}/v2/{self.name}/{kind}/{reference}"


def copy(source: Aws, target: Aws, service: str, digest: str, tag: str, note: Callable[[str], None]) -> None:
    """Bring the image into the target's registry under that tag. Raises `Failure`; what is there then has no tag."""
    copy_from(_registry(source, service), target, service, digest, tag, note)


def copy_from(
    source: Repository, target: Aws, service: str, digest: str, tag: str, note: Callable[[str], None]
) -> None:
    """The same for an image of any repository. Raises `Failure`."""
    try:
        _image(source, _registry(target, service), digest, tag, note)
    except (OSError, ValueError) as error:
        raise Failure(
            f"the image of {service} could not be copied to {target.environment.name}",
            reason=f"{digest} from {_host(source)} to {target.registry_host}: {_said(error)}",
            next_step="run the same command again; `doctor` checks the login and the registry",
        ) from error


def manifest(aws: Aws, service: str, digest: str) -> dict[str, Any]:
    """The manifest of an image in the registry. Raises `OSError` or `ValueError`, or `Failure` without a login."""
    registry = _registry(aws, service)
    return _read_json(registry, registry.path("manifests", digest), {"Accept": ", ".join(ecr.MANIFEST_TYPES)})


def configuration(aws: Aws, service: str, digest: str) -> dict[str, Any]:
    """What an image says of itself, its processors among it: the blob that its manifest names. Raises as `manifest`."""
    registry = _registry(aws, service)
    return _read_json(registry, registry.path("blobs", digest), {})


def _read_json(registry: Repository, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    with registry.call("GET", url, headers) as answer:
        read = json.loads(answer.read(_LARGEST_MANIFEST + 1))
    if not isinstance(read, dict):
        raise ValueError("the registry gave something else than was asked for")
    return read


def _host(repository: Repository) -> str:
    return urllib.parse.urlsplit(repository.path("manifests")).netloc


def _image(source: Repository, target: Repository, digest: str, reference: str, note: Callable[[str], None]) -> None:
    accept = {"Accept": ", ".join(ecr.MANIFEST_TYPES)}
    with source.call("GET", source.path("manifests", digest), accept) as answer:
        text, kind = answer.read(_LARGEST_MANIFEST + 1), answer.headers.get_content_type()
    if f"sha256:{hashlib.sha256(text).hexdigest()}" != digest:
        raise ValueError("the registry gave another manifest than was asked for")
    manifest = json.loads(text)
    for part in manifest.get("manifests", ()):
        _image(source, target, part["digest"], part["digest"], note)
    for blob in [*filter(None, [manifest.get("config")]), *manifest.get("layers", ())]:
        _blob(source, target, blob["digest"], note)
    note("manifest")
    target.call("PUT", target.path("manifests", reference), {"Content-Type": kind}, text).close()


def _blob(source: Repository, target: Repository, digest: str, note: Callable[[str], None]) -> None:
    try:
        target.call("HEAD", target.path("blobs", digest)).close()
        return  # shared with an image that is there
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
    note(f"layer {digest[7:19]}")
    with tempfile.TemporaryFile() as file:
        size = _download(source, digest, file)
        file.seek(0)
        with target.call("POST", target.path("blobs", "uploads/"), {"Content-Length": "0"}, b"") as begun:
            place = begun.headers["Location"]
        kind = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with target.call("PATCH", place, kind, file) as sent:
            place = sent.headers["Location"]
        mark = "&" if "?" in place else "?"
        query = urllib.parse.urlencode({"digest": digest})
        target.call("PUT", f"{place}{mark}{query}", {"Content-Length": "0"}, b"").close()


def _download(source: Repository, digest: str, file: IO[bytes]) -> int:
    seen, size = hashlib.sha256(), 0
    with source.call("GET", source.path("blobs", digest)) as answer:
        while chunk := answer.read(_CHUNK):
            seen.update(chunk)
            size += file.write(chunk)
    if f"sha256:{seen.hexdigest()}" != digest:
        raise ValueError(f"layer {digest} is not what its digest says")
    return size


def _registry(aws: Aws, service: str) -> _Registry:
    scheme = "http" if aws.endpoint else "https"
    # A proxy does not reach this machine.
    proxies = (urllib.request.ProxyHandler({}),) if aws.endpoint else ()
    secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    opener = urllib.request.build_opener(secure, *proxies)
    return _Registry(f"{scheme}://{aws.registry_host}", ecr.repository(service), ecr.login_token(aws), opener)


def _said(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}: {error.read(500).decode('utf-8', errors='replace').strip()}"
    return str(error)
