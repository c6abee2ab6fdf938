"""Which image counts as built: what those have recorded who may apply, and never what merely has the right tag."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from orchestrator.aws import ecr, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.images import build, content_hash, delivery
from orchestrator.images.delivery import Base, Wanted
from orchestrator.images.image import PLACEHOLDER
from orchestrator.project import manifest

TAG = "0123456789abcdef"


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    """An environment on AWS with a bucket and a repository."""
    made = emulated("staging")
    state.ensure_bucket(made)
    made.client("ecr").create_repository(repositoryName=ecr.repository("words"))
    return made


def pushed(aws: Aws, tag: str) -> str:
    """Push an image of its own under that tag and return its digest."""
    manifest = json.dumps({"schemaVersion": 2, "layers": [], "annotations": {"tag": tag}})
    answer = aws.client("ecr").put_image(repositoryName=ecr.repository("words"), imageManifest=manifest, imageTag=tag)
    return str(answer["image"]["imageId"]["imageDigest"])


def test_an_image_under_the_right_tag_is_not_deployed_only_read_about(aws: Aws) -> None:
    planted = pushed(aws, TAG)
    assert delivery.find(aws, "words", TAG, proposed=False) is None
    assert delivery.find(aws, "words", TAG, proposed=True) == planted


def test_the_recorded_image_counts_whatever_has_the_tag(aws: Aws) -> None:
    pushed(aws, TAG)
    built = pushed(aws, f"{TAG}-1234abcd")
    state.write(aws, delivery.built_key("words", TAG), {"digest": built})
    assert delivery.find(aws, "words", TAG, proposed=False) == built
    assert delivery.find(aws, "words", TAG, proposed=True) == built


def test_a_recorded_image_that_is_gone_is_built_again(aws: Aws) -> None:
    state.write(aws, delivery.built_key("words", TAG), {"digest": PLACEHOLDER})
    assert delivery.find(aws, "words", TAG, proposed=False) is None


@pytest.mark.parametrize("proposed", [True, False])
def test_what_is_built_to_be_deployed_is_pushed_beside_the_tag_and_recorded(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, proposed: bool
) -> None:
    service = manifest.load()[0]
    content = content_hash.Content(service.name, (), {}, ())
    planted = pushed(aws, content.tag)
    monkeypatch.setattr(ecr, "repository", lambda name: "storyizer/words")
    monkeypatch.setattr(build, "build", lambda *arguments, **more: None)
    monkeypatch.setattr(build, "copy_sbom", lambda *arguments: True)
    monkeypatch.setattr(ecr, "push", lambda aws, name, tag, **more: pushed(aws, tag) if tag != content.tag else "x")
    wanted = [Wanted(service, content, None, "first build")]
    (made,) = delivery.deliver(
        aws, wanted, Base("base", "base"), "linux/amd64", Console(), docker_host=None,
        wait_for_repositories=lambda: None, proposed=proposed,
    )  # fmt: skip
    found = delivery.find(aws, service.name, content.tag, proposed=False)
    assert made.tag == content.tag and made.digest != planted
    assert found == (None if proposed else made.digest)


@pytest.mark.parametrize("record", [[], {}, {"digest": 7}, "text", None])
def test_a_record_that_makes_no_sense_is_none(aws: Aws, record: object) -> None:
    state.write(aws, delivery.built_key("words", TAG), record)
    assert delivery.find(aws, "words", TAG, proposed=False) is None


def test_this_machine_s_own_registry_needs_no_record(emulated: Callable[..., Aws]) -> None:
    local = emulated("local")
    local.client("ecr").create_repository(repositoryName=ecr.repository("words"))
    assert delivery.find(local, "words", TAG, proposed=False) is None
    mine = pushed(local, TAG)
    assert delivery.find(local, "words", TAG, proposed=False) == mine
