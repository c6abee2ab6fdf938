"""What one environment has proven goes into another, by the commands: two environments in the emulated AWS."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from orchestrator.proof.http_client import Client
from tests.system.conftest import Clone
from tests.system.polling import Polling
from tests.system.states import States

pytestmark = pytest.mark.system

BLUE = "terraform/environments/blue.tfvars"


@pytest.fixture
def clone(states: States) -> Clone:
    """A clone that is up, with the file of a second environment."""
    return states.given("promotable", lambda: with_blue(states.base()))


def with_blue(clone: Clone) -> Clone:
    """Add the file of a second environment."""
    text = (clone.folder / "terraform/environments/local.tfvars").read_text()
    assert 'environment = "local"' in text
    text = text.replace('environment = "local"', 'environment = "blue"')
    (clone.folder / BLUE).write_text(text.replace("log_retention_days       = 7", "log_retention_days       = 14"))
    return clone


class Promoted(NamedTuple):
    """Two environments that serve, what `promote --json` from one to the other said, and the first one's requests."""

    clone: Clone
    said: dict[str, Any]
    lost: list[str]


@pytest.fixture
def promoted(states: States) -> Promoted:
    """What is live locally was promoted to blue."""

    def make() -> Promoted:
        clone = with_blue(states.base())
        with Polling(clone.url) as polling:
            said = clone.run("promote", "local", "blue", "--json").json()
            return Promoted(clone, said, polling.take()[1])

    return states.given("promoted", make, keep=True)


def digests(said: dict[str, Any]) -> dict[str, str]:
    return {name: image["digest"] for name, image in said["images"].items()}


def test_an_environment_with_nothing_proven_has_nothing_to_promote(clone: Clone) -> None:
    ended = clone.run("promote", "blue", "local", code=1)
    assert "blue has nothing proven to promote" in ended.stderr
    assert "up blue" in ended.stderr
    assert clone.run("promote", "local", "local", code=64).stdout == ""
    assert "no environment 'green'" in clone.run("promote", "local", "green", code=64).stderr
    assert "no environment 'green'" in clone.run("promote", "green", "local", code=64).stderr


def test_the_proven_images_go_into_another_environment_without_a_build(promoted: Promoted) -> None:
    clone, said = promoted.clone, promoted.said
    live = next(item for item in clone.run("releases", "--json").json()["releases"] if item["proven"])
    assert promoted.lost == [], "the other environment does not notice"
    assert {name: uri.rpartition("@")[2] for name, uri in live["images"].items()} == digests(said)
    stages = {stage["name"] for stage in said["stages"]}
    assert {"terraform apply", "rollout", "smoke test", "soak"} <= stages
    assert not any(name.startswith(("build", "push", "base image", "copy")) for name in stages)
    (release,) = clone.run("releases", "blue", "--json").json()["releases"]
    assert release["promoted_from"] == {
        "environment": "local", "account_id": "000000000000", "release_name": live["name"],
    }  # fmt: skip
    assert (release["name"], release["verb"], release["commit"]) == ("r1", "promote", live["commit"])
    # It is an environment of its own: address, configuration and stories.
    assert said["url"] != clone.url
    assert Client(said["url"]).fetch("/").status == 200
    groups = clone.client("logs").describe_log_groups(logGroupNamePrefix="/ecs/storyizer-blue/")["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {14}
    saved = clone.post("/api/stories", {"template": "The {noun} stays", "text": "The story stays"})
    before = Client(said["url"]).fetch("/api/stories").json()["stories"]
    assert (saved.status in (200, 201), before) == (True, [])
    assert clone.run("status", "blue", "--json").json()["url"] == said["url"]


@pytest.mark.long
def test_what_is_live_there_already_is_left_alone(promoted: Promoted) -> None:
    clone = promoted.clone
    said = clone.run("promote", "local", "blue", "--json").json()
    assert (said["was_live"], said["release"]["name"]) == (True, "r1")


@pytest.mark.long
def test_a_new_version_is_promoted_while_both_environments_serve(promoted: Promoted) -> None:
    clone = promoted.clone
    clone.edit("services/words/app/contract.py", '"1.0"', '"1.1"')
    proven = clone.up()
    blue = clone.run("status", "blue", "--json").json()["url"]
    with Polling(blue) as polling:
        said = clone.run("promote", "local", "blue", "--json").json()
        asked, lost = polling.take()
    assert (lost, asked > 100) == ([], True)
    assert digests(said) == digests(proven)
    assert [item["service"] for item in said["changes"]["deploys"]] == ["words"]
    assert Client(blue).fetch("/api/words/openapi.json").json()["info"]["version"] == "1.1"


@pytest.mark.long
def test_one_environment_goes_and_the_other_stays(promoted: Promoted) -> None:
    clone = promoted.clone
    with Polling(clone.url) as polling:
        clone.run("down", "blue", "--yes")
        assert polling.take()[1] == []
    assert clone.run("status", "--json").json()["url"] == clone.url
    clusters = clone.client("ecs").list_clusters()["clusterArns"]
    assert [arn.rpartition("/")[2] for arn in clusters] == ["storyizer-local"]
