"""Which stopped tasks speak against a version."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.proof.stops import describe, short_id, speaks_against


def stopped(code: str | None, reason: str = "", exit_code: int | None = None) -> dict[str, Any]:
    containers = [{} if exit_code is None else {"exitCode": exit_code}]
    return {"lastStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, "containers": containers}


@pytest.mark.parametrize(
    ("task", "against"),
    [
        (stopped("EssentialContainerExited", "Essential container in task exited", 1), True),
        (stopped("EssentialContainerExited", "Essential container in task exited", 0), True),
        (stopped("TaskFailedToStart", "CannotPullContainerError: not found"), True),
        (stopped("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)"), True),
        (stopped("ServiceSchedulerInitiated", "Task failed container health checks"), True),
        (stopped("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)"), False),
        (stopped("UserInitiated", "stopped by hand", 0), False),
        (stopped("SpotInterruption", "Your Spot Task was interrupted.", 137), False),
        (stopped("TerminationNotice", "", 137), False),
        (stopped(None, "", 1), True),
        (stopped(None, ""), False),
        ({"lastStatus": "RUNNING"}, False),
    ],
)
def test_what_ended_by_itself_or_was_unwell_speaks_against_the_version(task: dict[str, Any], against: bool) -> None:
    assert speaks_against(task) is against


def test_how_a_task_ended_is_told_with_stop_code_and_exit_code() -> None:
    task = stopped("EssentialContainerExited", "Essential container in task exited", 137)
    task["taskArn"] = "arn:aws:ecs:us-east-1:1:task/cluster/0123456789abcdef"
    assert describe(task).splitlines() == [
        "Task 01234567 stopped: Essential container in task exited (EssentialContainerExited)",
        "Its container exited with 137 (killed: out of memory, or it did not stop in time).",
    ]


def test_what_ecs_says_of_a_container_is_told() -> None:
    task = stopped("TaskFailedToStart", "Task failed to start")
    task["containers"][0]["reason"] = "CannotPullContainerError: no such manifest"
    assert "CannotPullContainerError: no such manifest" in describe(task)


def test_a_task_that_runs_is_not_said_to_have_stopped() -> None:
    assert describe({"lastStatus": "RUNNING", "taskArn": "x/0123456789"}) == "Task 01234567 runs, but is not well."


def test_a_task_s_short_id() -> None:
    assert short_id({"taskArn": "arn:aws:ecs:us-east-1:1:task/cluster/0123456789abcdef"}) == "01234567"
