"""A clone that is renamed and stripped of the samples, as docs/your-project.md says it: an own service goes live."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from orchestrator.system import paths
from tests.system import pages
from tests.system.conftest import Clone

pytestmark = pytest.mark.system

PAGE = paths.ROOT / "docs" / "your-project.md"
NAME = "terraform/project.tfvars"


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
