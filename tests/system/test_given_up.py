"""A first version that ECS gave up: what it lacked is there, and the same content goes live."""

from __future__ import annotations

import pytest

from tests.system.conftest import Clone
from tests.system.versions import in_save

pytestmark = pytest.mark.system

TABLE = "not-of-this-environment"
# What it needs is neither in its manifest nor in Terraform: nobody but the task itself sees that it is missing.
NEEDS = f"""import botocore.session
botocore.session.get_session().create_client("dynamodb", region_name="us-east-1").describe_table(TableName="{TABLE}")
"""


def rollout(clone: Clone) -> tuple[str, str]:
    """The deployment that ECS steers save to, and its state."""
    found = clone.client("ecs").describe_services(cluster="storyizer-local", services=["save"])["services"][0]
    deployment = found["deployments"][0]
    return deployment["id"], deployment["rolloutState"]


@pytest.mark.long
def test_what_ecs_gave_up_is_started_again_by_the_same_content(cold: Clone) -> None:
    clone = cold
    in_save(NEEDS).apply_to(clone)
    ended = clone.run("up", code=1)
    assert "the new version of save did not go live" in ended.stderr
    assert "ResourceNotFoundException" in ended.stderr
    first, state = rollout(clone)
    assert state == "FAILED"

    # As long as it lacks what it needs, each `up` tries once, and ends.
    ended = clone.run("up", code=1)
    assert ended.stderr.count("ECS gave up the first deployment of save; started again") == 1
    assert "ResourceNotFoundException" in ended.stderr
    second, state = rollout(clone)
    assert state == "FAILED" and second != first

    clone.client("dynamodb").create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    ended = clone.run("up")
    assert ended.stderr.count("ECS gave up the first deployment of save; started again") == 1
    assert "deployment of words" not in ended.stderr and "deployment of website" not in ended.stderr
    third, state = rollout(clone)
    assert state == "COMPLETED" and third not in (first, second)
    assert clone.run("status", "--json").json()["release"]["name"] == "r1"
    assert clone.plain_terraform_plan() == 0
    # What is live is left alone.
    assert "started again" not in clone.run("up").stderr
    assert rollout(clone) == (third, "COMPLETED")
