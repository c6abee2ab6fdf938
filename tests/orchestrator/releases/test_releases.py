"""Releases: written down once, under a number of their own, whoever else writes at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.images.image import Image
from orchestrator.project.manifest import Service
from orchestrator.project.routing import listener_priority
from orchestrator.releases import releases
from orchestrator.releases.releases import Origin, Release
from tests.orchestrator.project.manifests import sharing


@pytest.fixture
def services(tmp_path: Path) -> list[Service]:
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "service.yaml").write_text("paths: [/api/words]\n")
    return [Service("words", folder, ("/api/words",))]


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    made = emulated()
    state.ensure_bucket(made)
    return made


def image(digest: str) -> list[Image]:
    return [Image("words", "tag", f"r/words@{digest}")]


def test_a_release_is_written_once_for_what_is_live(aws: Aws, services: list[Service]) -> None:
    first = releases.record(aws, services, image("sha256:a"), None)
    assert first.name == "r1"
    assert releases.latest(aws) == first
    assert releases.record(aws, services, image("sha256:a"), first) == first
    assert releases.record(aws, services, image("sha256:b"), first).name == "r2"


def test_two_machines_never_overwrite_one_release(aws: Aws, services: list[Service]) -> None:
    first = releases.record(aws, services, image("sha256:a"), None)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda digest: releases.record(aws, services, image(digest), first), "bcde"))
    assert sorted(release.number for release in made) == [2, 3, 4, 5]
    kept = {number: state.read(aws, f"blue/releases/{number:06d}.json") for number in range(1, 6)}
    for release in [first, *made]:
        content = kept[release.number]
        assert content is not None and content["images"] == release.images


def test_numbers_are_not_tried_for_ever(aws: Aws, services: list[Service]) -> None:
    for number in range(1, releases.NUMBERS_TO_TRY + 1):
        state.write(aws, f"blue/releases/{number:06d}.json", {})
    with pytest.raises(Failure, match="the release of blue could not be written down") as caught:
        releases.record(aws, services, image("sha256:a"), None)
    assert caught.value.next_step


def test_a_release_says_which_bundle_made_it_live_and_from_which_commit(aws: Aws, services: list[Service]) -> None:
    origin = Origin(commit="0123456789ab", bundle="f" * 64)
    release = releases.record(aws, services, image("sha256:a"), None, origin=origin)
    assert (release.commit, release.bundle) == ("0123456789ab", "f" * 64)
    assert releases.latest(aws) == release


def test_a_release_of_before_bundles_is_still_read(aws: Aws, services: list[Service]) -> None:
    releases.record(aws, services, image("sha256:a"), None)
    kept = state.read(aws, "blue/releases/000001.json")
    assert kept is not None
    del kept["bundle"]
    state.write(aws, "blue/releases/000001.json", kept)
    found = releases.latest(aws)
    assert found is not None
    assert found.bundle == ""


def test_a_release_knows_which_services_were_backends() -> None:
    manifests = {"words": "kind: backend\n", "website": "paths: [/]\n"}
    release = Release(1, "", "", "", {}, {}, manifests)
    assert releases.backends(release) == {"words"}
    assert releases.backends(None) == frozenset()
    assert releases.backends(replace(release, manifests={"words": "kind: of a later version\n"})) == frozenset()


def test_a_release_keeps_the_places_of_its_rules(aws: Aws, services: list[Service]) -> None:
    words, other = "/api/words", next(sharing("/api/words"))
    first = releases.record(aws, services, image("sha256:a"), None)
    assert first.rules == {words: listener_priority(words)}
    more = [*services, replace(services[0], name="other", paths=(other,))]
    second = releases.record(aws, more, image("sha256:b"), first)
    assert second.rules == {other: listener_priority(words) + 1, words: listener_priority(words)}
    # The other one's place is free now, and none of its business.
    third = releases.record(aws, [more[1]], image("sha256:c"), second)
    assert third.rules == {other: second.rules[other]}
    assert releases.latest(aws) == third


def test_a_release_of_an_earlier_version_had_the_usual_places() -> None:
    manifests = {"words": "paths: [/api/words]\n", "website": "paths: [/]\n"}
    release = Release(1, "", "", "", {}, {}, manifests)
    assert releases.rules(release) == {"/api/words": listener_priority("/api/words")}
    assert releases.rules(None) == {}
    assert releases.rules(replace(release, manifests={"words": "kind: of a later version\n"})) == {}
