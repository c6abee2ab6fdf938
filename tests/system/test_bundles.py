"""`plan` and `apply`: what was reviewed is applied, once, and nothing else."""

from __future__ import annotations

import shutil

import pytest

from tests.system.conftest import NO_ENGINE, Clone
from tests.system.polling import wait_until

pytestmark = pytest.mark.system


@pytest.mark.long
def test_a_bundle_is_applied_as_it_was_reviewed_and_changes_nothing_a_second_time(clone: Clone, story: str) -> None:
    """Planned twice: the second time it is the deploy of an image that the registry has."""
    clone.edit("services/words/app/contract.py", '"1.0"', '"changed"')
    before = clone.images["words"]
    told = clone.run("plan", "--detailed-exitcode", code=2).stdout
    assert "1 to change, 1 to replace" in told
    planned = clone.run("plan", "--json", "--out", "a bundle").json()
    words = planned["images"]["words"]
    assert (words["built"], words["missing"]) == (False, False)
    assert f"{before['digest'][7:19]} → {words['digest'][7:19]}" in told
    assert planned["review"]["verdict"] == "safe"
    assert planned["changes"]["deploys"] == [{"service": "words", "before": before["uri"], "after": words["uri"]}]
    assert clone.words_version() == "1.0"

    path, sha256 = planned["bundle_path"], planned["bundle"]
    assert "this is not the bundle" in clone.run("apply", path, "--sha256", "0" * 64, code=1).stderr
    assert "for local, not for staging" in clone.run("apply", path, "staging", code=1).stderr
    said = clone.run("apply", path, "local", "--sha256", sha256, "--json").json()
    assert said["bundle"] == said["release"]["bundle"] == sha256
    assert said["changes"] == planned["changes"]
    assert said["terraform_runs"] == ["show environment", "apply environment"]
    # What has been replaced may take its time to end.
    wait_until(lambda: set(clone.containers("words").values()) == {words["uri"]})
    assert clone.words_version() == "changed"
    assert clone.run("status", "--json").json()["release"]["bundle"] == sha256
    assert list(clone.folder.rglob("*.tfplan")) == [], "neither of the two plans could be applied any more"
    again = clone.run("apply", path, "--json")
    assert f"bundle {sha256[:12]} is applied already" in again.stderr
    assert (again.json()["release"], again.json()["terraform_runs"]) == (said["release"], ["plan environment"])
    assert clone.plain_terraform_plan() == 0
    assert clone.up()["terraform_runs"] == ["plan environment"]

    clone.run("rollback", "--yes")
    assert "has been used" in clone.run("apply", path, code=1).stderr
    assert clone.words_version() == "1.0"
    shutil.rmtree(path)


@pytest.mark.long
def test_a_plan_without_an_engine_names_the_image_that_would_be_built(clone: Clone, story: str) -> None:
    clone.edit("services/words/app/contract.py", '"1.0"', '"planned"')
    planned = clone.run("plan", "--no-build", "--detailed-exitcode", "--json", code=2, **NO_ENGINE).json()
    assert planned["missing"] == ["words"]
    (deploy,) = planned["review"]["deploys"]
    assert (deploy["service"], deploy["note"]) == ("words", "would be built: service/app/contract.py changed")
    assert deploy["before"] == clone.images["words"]["uri"]
    assert deploy["after"].endswith(f"/words:{planned['images']['words']['tag']}")
    refused = clone.run("apply", planned["bundle_path"], code=1).stderr
    assert "error: an image is missing: words" in refused
    assert clone.words_version() == "1.0"
