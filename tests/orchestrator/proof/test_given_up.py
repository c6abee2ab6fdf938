"""Deployments that ECS has given up, from what it says of a service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.proof.given_up import deployment, words
from orchestrator.proof.rollout import Expected, Observation, judge

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LONG, JUST = NOW - timedelta(minutes=5), NOW - timedelta(seconds=20)
TASK = {"taskArn": "arn:task/1", "lastStatus": "PROVISIONING"}


def seen(
    state: str, *, desired: int = 2, running: int = 0, pending: int = 0, updated: datetime | None = LONG, tasks: int = 0
) -> Observation:
    primary: dict[str, Any] = {"id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": state, "updatedAt": updated}
    service = {
        "status": "ACTIVE", "desiredCount": desired, "runningCount": running, "pendingCount": pending,
        "deployments": [{"id": "ecs-svc/1", "status": "ACTIVE", "rolloutState": "FAILED"}, primary],
    }  # fmt: skip
    return Observation(service, [TASK] * tasks)


@pytest.mark.parametrize(
    ("said", "given_up"),
    [
        (seen("FAILED"), True),
        # It gets no task since it has failed; or some still run, and none is added.
        (seen("FAILED", desired=0), True),
        (seen("FAILED", running=1, updated=JUST), True),
        (seen("COMPLETED", running=2), False),
        (seen("COMPLETED", desired=0), False),
        (seen("COMPLETED"), True),
        (seen("IN_PROGRESS"), True),
        # Something has happened, or is about to.
        (seen("COMPLETED", updated=JUST), False),
        (seen("IN_PROGRESS", pending=1), False),
        (seen("IN_PROGRESS", tasks=1), False),
        (seen("IN_PROGRESS", updated=None), False),
        (Observation({"status": "ACTIVE", "deployments": []}), False),
    ],
)
def test_a_deployment_is_given_up_if_ecs_starts_no_task_for_it(said: Observation, given_up: bool) -> None:
    assert deployment(said, NOW) == ("ecs-svc/2" if given_up else "")


def test_what_was_given_up_is_said_of_the_first_deployment_and_of_a_later_one() -> None:
    failed = seen("FAILED").service
    assert words("words", failed, ()) == "ECS gave up the first deployment of words; started again"
    assert words("words", failed, ["words"]) == "ECS gave up the deployment of words; started again"
    still = words("words", seen("COMPLETED").service, ["words"])
    assert still == "words has no task, and ECS starts none; its deployment is started again"


@pytest.mark.parametrize(("given_up", "outcome"), [("", "failed"), ("ecs-svc/1", "failed"), ("ecs-svc/2", "waiting")])
def test_the_watch_waits_for_the_deployment_that_comes_after_the_one_given_up(given_up: str, outcome: str) -> None:
    """ECS may still tell of the old one: what is to fail the rollout is the new one's failure."""
    said = seen("FAILED")
    said.service["deployments"][1]["taskDefinition"] = "words:1"
    assert judge(said, Expected("image", "words:1", "words:1", given_up)).outcome == outcome
