"""A clone that is renamed and stripped of the samples, as docs/your-project.md says it: an own service goes live."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from orchestrator.system import paths
from tests.system import pages
from tests.system.conftest import Clone
from tests.system.polling import wait_until

pytestmark = pytest.mark.system

PAGE = paths.ROOT / "docs" / "your-project.md"
NAME = "terraform/project.tfvars"
SAMPLES = ("save", "website", "words")


@pytest.fixture
def nothing(cold: Clone) -> Iterator[Clone]:
    """A clone with nothing live, before and after the test."""
    yield cold
    cold.run("down", "--yes", code=None)


def test_an_own_service_of_a_renamed_project_goes_live_by_what_the_page_says(nothing: Clone) -> None:
    *changes, up = (command.typed for command in pages.commands(PAGE.read_text(encoding="utf-8")))
    assert up == "python3 orchestrate.py up"
    for command in changes:
        subprocess.run(["sh", "-ec", command], cwd=nothing.folder, check=True)
    said = nothing.up()
    assert said["release"]["name"] == "r1" and list(said["images"]) == ["help"]
    assert "/shop/help@sha256:" in said["images"]["help"]["uri"]
    assert b"How a story is made" in nothing.get("/help").body
    assert nothing.plain_terraform_plan() == 0

    assert nothing.client("ecs").list_clusters()["clusterArns"] == [
        "arn:aws:ecs:us-east-1:000000000000:cluster/shop-local"
    ]
    buckets = [bucket["Name"] for bucket in nothing.client("s3").list_buckets()["Buckets"]]
    assert "shop-tfstate-000000000000-us-east-1" in buckets
    assert not [name for name in buckets if "storyizer" in name]
    assert nothing.client("dynamodb").list_tables()["TableNames"] == []

    # Under another name it would be a second system beside the first.
    nothing.edit(NAME, '"shop"', '"storyizer"')
    refused = nothing.run("up", code=1).stderr
    page = PAGE.read_text()
    told = page[page.index("error: the emulated AWS") :]
    assert told[: told.index("```")] in refused
    nothing.edit(NAME, '"storyizer"', '"shop"')
    assert b"How a story is made" in nothing.get("/help").body


def test_samples_that_are_live_go_by_the_next_up_after_a_review(clone: Clone, story: str) -> None:
    _, *changes, up = (command.typed for command in pages.commands(PAGE.read_text(encoding="utf-8")))
    assert story in clone.story_ids()
    for command in changes:
        subprocess.run(["sh", "-ec", command], cwd=clone.folder, check=True)
    planned = clone.run("plan", "--json").json()
    (table,) = [item for item in planned["review"]["findings"] if "aws_dynamodb_table" in str(item)]
    assert (table["severity"], planned["stops"]) == ("critical", False)
    ended = clone.run(*up.split()[2:], "--json")
    said = ended.json()
    assert (said["release"]["name"], list(said["images"])) == ("r2", ["help"])
    assert b"How a story is made" in clone.get("/help").body
    assert clone.get("/api/words?kind=noun&count=3").status == 404
    assert clone.client("dynamodb").list_tables()["TableNames"] == []
    wait_until(lambda: set(clone.containers().values()) == set(clone.containers("help").values()))
    assert clone.plain_terraform_plan() == 0
    # Until the last release with them is no longer kept, their images are.
    repositories = clone.client("ecr").describe_repositories()["repositories"]
    assert {item["repositoryName"] for item in repositories} == {f"storyizer/{name}" for name in ("help", *SAMPLES)}
