"""What is answered of a deployment that ECS gives up, at whatever moment it is asked for."""

from __future__ import annotations

import copy
from typing import Any

from orchestrator.emulator.server.answers import services
from orchestrator.emulator.server.answers.deployments import GIVEN_UP

TOLD = "(service words) (deployment ecs-svc/2) deployment failed: tasks failed to start."
# In MiniStack's words, as its record is for a moment.
BEFORE = {
    "id": "ecs-svc/1",
    "rolloutState": "IN_PROGRESS",
    "rolloutStateReason": "ECS deployment rollback in progress.",
}
GOES: dict[str, Any] = {
    "serviceName": "words",
    "deployments": [{"id": "ecs-svc/2", "rolloutState": "FAILED", "rolloutStateReason": "It was triggered."}, BEFORE],
    "events": [
        {"id": "1", "message": "(service words) deployment failed: deployment circuit breaker was triggered."},
        {"id": "0", "message": "(service words) has reached a steady state."},
    ],
}  # fmt: skip


def answered(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = services.shown(copy.deepcopy)(record)
    return found


def test_the_answer_is_in_ecs_words_before_the_record_is() -> None:
    record = copy.deepcopy(GOES)
    said = answered(record)
    assert record == GOES, "who answers changes no record"
    assert [item["message"] for item in said["events"]] == [TOLD, GOES["events"][1]["message"]]
    assert [item["rolloutStateReason"] for item in said["deployments"]] == [GIVEN_UP, BEFORE["rolloutStateReason"]]
    assert answered(said) == said


def test_an_event_of_a_deployment_that_was_read_before_it_comes_with_the_next_answer() -> None:
    before = {
        **GOES,
        "deployments": [{"id": "ecs-svc/2", "rolloutState": "IN_PROGRESS", "rolloutStateReason": "begun"}],
    }
    assert answered(before)["events"] == GOES["events"][1:]


def test_what_is_no_service_is_answered_as_it_is() -> None:
    assert answered({"taskArn": "x"}) == {"taskArn": "x"}
