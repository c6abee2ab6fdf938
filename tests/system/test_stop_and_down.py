"""`stop` keeps everything, `down` leaves nothing, and what is protected is not destroyed by halves."""

from __future__ import annotations

import pytest

from orchestrator.system import processes
from tests.system.conftest import NO_ENGINE, Clone
from tests.system.polling import wait_until

pytestmark = pytest.mark.system

PROTECTED = """
from orchestrator import places
from orchestrator.project import environment
from orchestrator.errors import Failure
from orchestrator.deploy import destroy
try:
    destroy.refuse_protected(places.reach(environment.load("local")))
except Failure as failure:
    print(failure.render())
"""
DESTROY = """
from orchestrator import places
from orchestrator.project import environment
from orchestrator.console import Console
from orchestrator.deploy import destroy
print(destroy.destroy(places.reach(environment.load("local")), Console(live=False)).delete)
"""


def test_stop_then_up_brings_the_same_stories_back(clone: Clone, story: str) -> None:
    before = clone.story_ids()
    clone.run("stop")
    assert clone.containers(every=True) == {}
    assert "python3 orchestrate.py up" in clone.run("status", code=1).stderr
    assert "No resource changes" in clone.run("plan", "--no-build", "--detailed-exitcode", code=0, **NO_ENGINE).stdout
    assert "python3 orchestrate.py up" in clone.run("status", code=1).stderr, "what the plan read from is gone"
    said = clone.up()
    assert not any(image["built"] for image in said["images"].values())
    # What the emulator forgets when it stops is drift that no plan undoes, and is looked at.
    assert "apply environment" not in said["terraform_runs"]
    assert clone.story_ids() == before
    assert len(clone.containers()) == 6


def test_down_says_what_is_lost_and_leaves_nothing(clone: Clone, story: str) -> None:
    emulator = clone.emulator()["pid"]
    count = len(clone.story_ids())
    down = clone.run("down")
    assert count >= 1
    assert f"this removes the stories in storyizer-local-stories ({count})" in down.stderr
    assert clone.containers(every=True) == {}
    assert processes.identity(emulator) is None
    assert not (clone.folder / ".storyizer").exists()
    left = [item.name for item in clone.folder.iterdir() if item.name not in (".venv", "__pycache__")]
    assert sorted(left) == sorted({name.split("/")[0] for name in clone.files})
    assert "not running" in clone.run("status", code=1).stderr


def test_what_is_protected_against_deletion_is_not_half_destroyed(clone: Clone) -> None:
    dynamodb, table = clone.client("dynamodb"), "storyizer-local-stories"
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    try:
        refused = clone.python(PROTECTED)
    finally:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    assert "error: local is protected against deletion" in refused
    assert "next:  set deletion_protection = false in terraform/environments/local.tfvars" in refused


@pytest.mark.long
def test_terraform_destroys_all_that_it_made(clone: Clone) -> None:
    """`down` on AWS is Terraform's destroy. On one machine `down` ends the emulator instead, so it is shown here."""
    ecs, balancers = clone.client("ecs"), clone.client("elbv2")
    assert ecs.list_services(cluster="storyizer-local")["serviceArns"]
    repositories = clone.client("ecr").describe_repositories()["repositories"]
    destroyed = clone.python(DESTROY)
    assert int(destroyed) > 40
    assert balancers.describe_load_balancers()["LoadBalancers"] == []
    assert clone.client("dynamodb").list_tables()["TableNames"] == []
    assert ecs.list_clusters()["clusterArns"] == []
    wait_until(lambda: clone.containers() == {})
    # Their images are what other environments of the account may run.
    assert clone.client("ecr").describe_repositories()["repositories"] == repositories
