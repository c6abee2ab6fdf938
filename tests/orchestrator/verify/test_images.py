"""What images say of the processors that they are for, asked of a registry."""

from __future__ import annotations

import hashlib
import itertools
import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.project.environment import Environment
from orchestrator.verify.check import Check
from orchestrator.verify.running import images

MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
_tags = itertools.count()


@pytest.fixture
def aws(emulated_aws: str, tmp_path: Path) -> Aws:
    """An environment with the repository of `words`. Who logs in to the registry is in its first account."""
    environment = Environment("blue", "900000990000", "us-east-1", "X86_64", tmp_path / "blue.tfvars")
    made = Aws(environment, emulated_aws, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    if "words" not in ecr.existing_repositories(made):
        made.client("ecr").create_repository(repositoryName="storyizer/words")
    return made


def call(aws: Aws, method: str, url: str, body: bytes, kind: str = "application/octet-stream") -> str:
    address = urllib.parse.urljoin(f"http://{aws.registry_host}", url)
    request = urllib.request.Request(address, data=body, method=method, headers={"Content-Type": kind})
    request.add_header("Authorization", f"Basic {ecr.login_token(aws)}")
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers.get("Location") or "")


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def push(aws: Aws, document: dict[str, object], kind: str) -> str:
    text = json.dumps({"schemaVersion": 2, "mediaType": kind, **document}).encode()
    call(aws, "PUT", f"/v2/storyizer/words/manifests/t{next(_tags)}", text, kind)
    return digest(text)


def image(aws: Aws, **configuration: str) -> str:
    """Push an image without layers whose configuration says that; its digest."""
    content = json.dumps(configuration).encode()
    place = call(aws, "POST", "/v2/storyizer/words/blobs/uploads/", b"")
    place = call(aws, "PATCH", place, content)
    mark = "&" if "?" in place else "?"
    call(aws, "PUT", f"{place}{mark}digest={urllib.parse.quote(digest(content))}", b"")
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(content), "size": len(content)}
    return push(aws, {"config": config, "layers": []}, MANIFEST)


def judged(aws: Aws, found: str) -> Check:
    (line,) = images.to_deploy(aws, [("words", ecr.uri(aws, "words", found))])
    return line


@pytest.mark.parametrize(
    ("architecture", "status", "words"),
    [("amd64", "OK", "linux/amd64"), ("arm64", "NG", "the image is for linux/arm64, and runs on X86_64")],
)
def test_an_image_for_other_processors_is_found(aws: Aws, architecture: str, status: str, words: str) -> None:
    line = judged(aws, image(aws, os="linux", architecture=architecture))
    assert (line.status, line.why) == (status, words)
    assert status == "OK" or (line.blocks and line.next_step)


@pytest.mark.parametrize(("also", "status"), [("amd64", "OK"), ("riscv64", "NG")])
def test_an_index_is_for_each_of_its_images_processors(aws: Aws, also: str, status: str) -> None:
    platforms = [("linux", "arm64"), ("linux", also), ("unknown", "unknown")]
    parts = [
        {"digest": image(aws, os=system, architecture=of), "platform": {"os": system, "architecture": of}}
        for system, of in platforms
    ]
    found = push(aws, {"manifests": parts}, INDEX)
    assert images.platforms(aws, "words", found) == ["linux/arm64", f"linux/{also}"]
    assert judged(aws, found).status == status


def test_an_image_that_says_nothing_is_not_judged(aws: Aws) -> None:
    line = judged(aws, image(aws))
    assert (line.status, line.why) == ("SKIP", "the image does not say what it is for")


def test_an_image_that_is_not_there_is_found(aws: Aws) -> None:
    line = judged(aws, f"sha256:{'0' * 64}")
    assert line.status == "NG"
    assert line.why.startswith("the registry does not hold ")


def test_an_image_of_somebody_else_s_is_not_asked_for(aws: Aws) -> None:
    (line,) = images.to_deploy(aws, [("words", "docker.io/library/redis:7")])
    assert line.status == "SKIP"


def test_a_registry_that_cannot_be_reached_is_not_a_wrong_image(emulated: Callable[..., Aws]) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    nowhere = Aws(emulated().environment, "http://127.0.0.1:1", keys)
    (line,) = images.to_deploy(nowhere, [("words", ecr.uri(nowhere, "words", f"sha256:{'0' * 64}"))])
    assert line.status == "SKIP"
    assert "cannot log in to the image registry" in line.why
