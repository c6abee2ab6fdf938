"""An image goes from one registry to another without its digest changing."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.aws import ecr, registry_copy, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.deploy import promote
from orchestrator.errors import Failure
from orchestrator.images import delivery
from orchestrator.project.environment import Environment
from orchestrator.releases.releases import Release
from orchestrator.target import Target
from tests.conftest import _emulator

TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
# Spaces and order of keys are part of what a digest stands for.
ODD = '{ "schemaVersion":2,\n\t"mediaType": "%s", "layers":[%s],"config":%s}'


@pytest.fixture(scope="module")
def other_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a second emulator: another registry."""
    with _emulator(tmp_path_factory.mktemp("another emulator"), SERVICES="ecr,s3,sts") as endpoint:
        yield endpoint


@pytest.fixture
def two(emulated_aws: str, other_registry: str, tmp_path: Path) -> tuple[Aws, Aws]:
    """Two environments with a registry each; both have the repository of `words`.

    Who logs in to an emulated registry is in its first account, so the calls go there, whatever account is named.
    """
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    made = []
    for name, endpoint in (("blue", emulated_aws), ("green", other_registry)):
        environment = Environment(name, "900000990000", "us-east-1", "X86_64", tmp_path / f"{name}.tfvars")
        aws = Aws(environment, endpoint, keys)
        if "words" not in ecr.existing_repositories(aws):
            aws.client("ecr").create_repository(repositoryName="storyizer/words", imageTagMutability="IMMUTABLE")
        made.append(aws)
    return made[0], made[1]


def call(aws: Aws, method: str, url: str, body: bytes | None = None, kind: str = "application/octet-stream") -> str:
    address = urllib.parse.urljoin(f"http://{aws.registry_host}", url)
    request = urllib.request.Request(address, data=body, method=method, headers={"Content-Type": kind})
    request.add_header("Authorization", f"Basic {ecr.login_token(aws)}")
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers.get("Location") or "")


def blob(aws: Aws, content: bytes) -> dict[str, object]:
    """Upload it; its descriptor."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    place = call(aws, "POST", "/v2/storyizer/words/blobs/uploads/", b"")
    place = call(aws, "PATCH", place, content)
    mark = "&" if "?" in place else "?"
    call(aws, "PUT", f"{place}{mark}digest={urllib.parse.quote(digest)}", b"")
    return {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}


def image(aws: Aws, content: str, tag: str) -> str:
    """Push an image with that content; its digest."""
    layers = ",".join(json.dumps(blob(aws, f"{content} {part}".encode() * 1000)) for part in ("one", "two"))
    manifest = (ODD % (TYPE, layers, json.dumps(blob(aws, b'{"of": "%s"}' % content.encode())))).encode()
    call(aws, "PUT", f"/v2/storyizer/words/manifests/{tag}", manifest, TYPE)
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def test_an_image_is_copied_with_every_layer_and_keeps_its_digest(two: tuple[Aws, Aws]) -> None:
    source, target = two
    digest = image(source, "a story", "1")
    notes: list[str] = []
    assert not ecr.holds(target, "words", digest)
    registry_copy.copy(source, target, "words", digest, "one", notes.append)
    assert ecr.find(target, "words", "one") == digest
    assert [note.split()[0] for note in notes] == ["layer", "layer", "layer", "manifest"]
    # Once more: every layer is there, and the same under the same tag is no second push.
    notes.clear()
    registry_copy.copy(source, target, "words", digest, "one", notes.append)
    assert notes == ["manifest"]


def test_an_index_is_copied_with_the_images_that_it_names(two: tuple[Aws, Aws]) -> None:
    source, target = two
    parts = [image(source, name, f"index-{name}") for name in ("amd64", "arm64")]
    text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": part} for part in parts]})
    call(source, "PUT", "/v2/storyizer/words/manifests/both", text.encode(), INDEX)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    registry_copy.copy(source, target, "words", digest, "both", lambda note: None)
    assert ecr.find(target, "words", "both") == digest
    assert all(ecr.holds(target, "words", part) for part in parts)


def test_what_the_registry_refuses_is_said(two: tuple[Aws, Aws]) -> None:
    source, target = two
    missing = f"sha256:{'0' * 64}"
    with pytest.raises(Failure, match="the image of words could not be copied to green") as caught:
        registry_copy.copy(source, target, "words", missing, "x", lambda note: None)
    assert "404" in caught.value.reason
    assert missing in caught.value.reason
    assert caught.value.next_step


def test_a_layer_that_is_not_what_its_digest_says_is_refused(
    two: tuple[Aws, Aws], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = two
    digest = image(source, "spoiled", "2")
    monkeypatch.setattr(registry_copy, "_CHUNK", 1)
    reading = http.client.HTTPResponse.read

    def spoiled(answer: http.client.HTTPResponse, size: int | None = None) -> bytes:
        content = reading(answer, size)
        return b"!" if size == 1 and content else content

    monkeypatch.setattr(http.client.HTTPResponse, "read", spoiled)
    with pytest.raises(Failure, match="could not be copied") as caught:
        registry_copy.copy(source, target, "words", digest, "x", lambda note: None)
    assert "is not what its digest says" in caught.value.reason
    monkeypatch.undo()
    assert ecr.find(target, "words", "x") is None


def test_promoting_brings_the_images_that_the_other_registry_lacks(two: tuple[Aws, Aws]) -> None:
    source, target = two
    digests = {tag: image(source, tag, tag) for tag in ("there", "lacking", "taken")}
    registry_copy.copy(source, target, "words", digests["there"], "there", lambda note: None)
    another = image(target, "another build of the same content", "taken")
    console = Console(live=False)

    def brought(tag: str) -> tuple[str, ...]:
        uris = {"words": ecr.uri(source, "words", digests[tag])}
        release = Release(1, "", "", "", uris, {"words": tag}, {})
        there, here = Target(source.environment, source), Target(target.environment, target)
        return promote.bring(there, here, release, console)

    state.ensure_bucket(target)
    assert brought("there") == ()
    assert brought("lacking") == ("words",)
    assert ecr.holds(target, "words", digests["lacking"])
    # An `up` there finds the image of that content and does not build it once more.
    kept = state.read_made_again(target, delivery.built_key("words", "lacking"))
    assert kept["digest"] == digests["lacking"]
    assert delivery.find(target, "words", "lacking", proposed=False) == digests["lacking"]
    # An immutable tag stays with the image that has it.
    assert brought("taken") == ("words",)
    assert ecr.find(target, "words", "taken") == another
    assert ecr.holds(target, "words", digests["taken"])
