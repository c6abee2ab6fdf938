"""The pages that somebody new follows, followed: every command of them, in order, in a clean clone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from orchestrator.system import paths
from tests.system import pages
from tests.system.conftest import Clone

pytestmark = pytest.mark.system

DOCS = paths.ROOT / "docs"


@pytest.fixture
def with_git(base: Clone, terminal: dict[str, str]) -> Iterator[Clone]:
    """The clone at its base as a git checkout, whose files are one commit."""
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "The first commit"]):
        subprocess.run(["git", *command], cwd=base.folder, env=terminal, check=True)
    yield base
    shutil.rmtree(base.folder / ".git")


def test_each_way_back_leads_back(with_git: Clone, terminal: dict[str, str]) -> None:
    before = with_git.get("/").body
    pages.follow(DOCS / "way-back.md", with_git.folder, terminal)
    assert with_git.get("/").body == before
    told = with_git.run("releases", "--json").json()
    assert told["live"] == "r3"
    assert [(release["name"], release["verb"]) for release in told["releases"] if release["proven"]] == [
        ("r3", "rollback"), ("r2", "up"), ("r1", "up"),
    ]  # fmt: skip
    groups = with_git.client("logs").describe_log_groups()["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {7}
    assert with_git.plain_terraform_plan() == 0


def test_services_of_ones_own_are_brought(base: Clone, terminal: dict[str, str]) -> None:
    pages.follow(DOCS / "bring-your-own.md", base.folder, terminal)
    assert {image.rpartition("/")[2].partition("@")[0] for image in base.containers().values()} == {
        "express", "greeter", "hello", "save", "website", "words",
    }  # fmt: skip
    assert base.plain_terraform_plan() == 0


def test_the_quick_start_leads_from_nothing_to_nothing(cold: Clone, terminal: dict[str, str]) -> None:
    pages.follow(DOCS / "quick-start.md", cold.folder, terminal)
    assert cold.containers(every=True) == {}
