"""Tags that keep the images of releases from the registry's lifecycle rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.releases import image_tags
from orchestrator.releases.releases import KEPT, Release


def digest(content: str) -> str:
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def release(number: int, **contents: str) -> Release:
    images = {name: f"host/storyizer/{name}@{digest(content)}" for name, content in contents.items()}
    return Release(number, "2026-11-28T10:00:00Z", "somebody", "", images, dict.fromkeys(images, "tag"), {})


def tag(number: int, content: str, environment: str = "blue") -> str:
    return image_tags.tag(environment, number, digest(content))


def test_an_image_has_one_tag_named_for_the_first_release_that_runs_it() -> None:
    history = [release(1, words="a"), release(2, words="a"), release(3, words="b")]
    changes = image_tags.changes("blue", "words", history, {"0123": digest("a")})
    assert changes.put == {tag(1, "a"): digest("a"), tag(3, "b"): digest("b")}
    assert changes.remove == ()
    assert image_tags.changes("blue", "words", history, changes.put) == image_tags.Changes({}, ())


def test_a_release_that_is_not_kept_any_more_loses_its_tag_unless_a_kept_one_runs_the_image() -> None:
    history = [release(1, words="a"), release(2, words="old")]
    history += [release(number, words=f"{number}") for number in range(3, KEPT + 2)]
    history.append(release(KEPT + 2, words="a"))  # gone back to
    tags = {tag(1, "a"): digest("a"), tag(2, "old"): digest("old")}
    changes = image_tags.changes("blue", "words", history, tags)
    assert changes.remove == (tag(2, "old"),)
    assert digest("a") not in changes.put.values()
    assert len(changes.put) == KEPT - 1


def test_tags_of_other_environments_and_of_newer_releases_are_left_alone() -> None:
    history = [release(number, words="a") for number in range(5, 8)]
    tags = {
        tag(1, "x", "blue-2"): digest("x"),
        tag(1, "x", "green"): digest("x"),
        tag(9, "y"): digest("y"),
        "release-blue-1": digest("z"),
        tag(5, "a"): digest("a"),
    }
    assert image_tags.changes("blue", "words", history, tags) == image_tags.Changes({}, ())


def test_a_service_that_a_release_does_not_have_needs_no_tag_for_it() -> None:
    history = [release(1, words="a", verbs="b"), release(2, words="a")]
    assert image_tags.changes("blue", "verbs", history, {}).put == {tag(1, "b"): digest("b")}
    assert image_tags.services(history) == {"words", "verbs"}
    assert image_tags.changes("blue", "words", [], {}) == image_tags.Changes({}, ())


def push(aws: Aws, service: str, content: str) -> str:
    manifest = json.dumps({"schemaVersion": 2, "annotations": {"is": content}})
    client = aws.client("ecr")
    if service not in ecr.existing_repositories(aws):
        client.create_repository(repositoryName=ecr.repository(service), imageTagMutability="IMMUTABLE")
    pushed = client.put_image(repositoryName=ecr.repository(service), imageManifest=manifest, imageTag=f"{content}-0")
    return str(pushed["image"]["imageId"]["imageDigest"])


def test_a_registry_of_immutable_tags_takes_them_and_keeps_the_digest(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    digests = {content: push(aws, "words", content) for content in ("a", "b")}
    history = [
        Release(number, "", "", "", {"words": f"h/storyizer/words@{digests[content]}"}, {}, {})
        for number, content in ((1, "a"), (2, "b"))
    ]
    image_tags.keep(aws, history)
    image_tags.keep(aws, history)
    kept = {
        image_tags.tag("blue", 1, digests["a"]): digests["a"],
        image_tags.tag("blue", 2, digests["b"]): digests["b"],
    }
    assert ecr.tags(aws, "words") == {"a-0": digests["a"], "b-0": digests["b"], **kept}
    assert not ecr.put_tag(aws, "words", digest("never pushed"), "x")
    assert ecr.tags(aws, "no such service") == {}


@pytest.mark.parametrize(("code", "passes"), [("AccessDeniedException", True), ("ServerException", False)])
def test_who_may_not_delete_images_keeps_them_longer(
    emulated: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch, code: str, passes: bool
) -> None:
    aws = emulated()
    pushed = push(aws, "words", "old")
    ecr.put_tag(aws, "words", pushed, image_tags.tag("blue", 1, pushed))
    asked = []

    def untag(aws: Aws, service: str, names: object) -> None:
        asked.append(names)
        raise ClientError({"Error": {"Code": code}}, "BatchDeleteImage")

    monkeypatch.setattr(ecr, "untag", untag)
    if passes:
        image_tags.drop(aws)
    else:
        with pytest.raises(ClientError):
            image_tags.drop(aws)
    assert asked == [[image_tags.tag("blue", 1, pushed)]]
