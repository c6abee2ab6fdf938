"""EventBridge Scheduler in the emulated AWS: what a schedule asks for, when, and how often it tries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.console import Stage
from orchestrator.emulator import emulator
from orchestrator.emulator.server.schedules import target
from orchestrator.emulator.server.schedules.target import Invocation
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

DUE = datetime(2026, 1, 1, 8, tzinfo=UTC)
ROLE = "arn:aws:iam::000000000000:role/scheduler"


def invocation(attempt: int = 1, **wanted: Any) -> Invocation:
    schedule = {"Name": "nightly", "Arn": "arn:aws:scheduler:::schedule/default/nightly", "Target": wanted}
    return Invocation(schedule, DUE, "e-1", attempt)


def test_a_target_of_ecs_is_run_task_with_the_input_as_its_overrides() -> None:
    wanted = target.arguments(
        invocation(
            Arn="arn:cluster",
            Input='{"containerOverrides": [{"name": "x", "command": ["<aws.scheduler.scheduled-time>"]}]}',
            EcsParameters={
                "TaskDefinitionArn": "arn:definition", "LaunchType": "FARGATE", "TaskCount": 2,
                "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["s"], "AssignPublicIp": "DISABLED"}},
            },
        )
    )  # fmt: skip
    assert wanted == {
        "cluster": "arn:cluster", "taskDefinition": "arn:definition", "count": 2, "launchType": "FARGATE",
        "startedBy": "chronos-schedule/nightly",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "assignPublicIp": "DISABLED"}},
        "overrides": {"containerOverrides": [{"name": "x", "command": ["2026-01-01T08:00:00Z"]}]},
    }  # fmt: skip


def test_the_universal_target_is_run_task_with_the_input_as_its_arguments() -> None:
    given = {"Cluster": "c", "TaskDefinition": "d", "Overrides": {"ContainerOverrides": [{"Name": "x"}]}}
    wanted = invocation(Arn=target.RUN_TASK, Input=json.dumps(given))
    assert target.starts_tasks(wanted.target)
    assert not target.starts_tasks({"Arn": "arn:aws:sqs:us-east-1:000000000000:q"})
    assert target.arguments(wanted) == {
        "startedBy": "chronos-schedule/nightly", "cluster": "c", "taskDefinition": "d",
        "overrides": {"containerOverrides": [{"name": "x"}]},
    }  # fmt: skip
    with pytest.raises(ValueError, match="no JSON object"):
        target.arguments(invocation(Arn=target.RUN_TASK, Input="[]"))


def test_it_tries_again_as_often_and_as_long_as_its_policy_says() -> None:
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    soon, late = DUE + timedelta(seconds=5), DUE + timedelta(seconds=59)
    assert [target.may_try_again(invocation(n, RetryPolicy=policy), soon) for n in (1, 2, 3)] == [True, True, False]
    assert not target.may_try_again(invocation(1, RetryPolicy=policy), late)
    assert not target.may_try_again(invocation(1, RetryPolicy={"MaximumRetryAttempts": 0}), soon)
    assert target.may_try_again(invocation(185), soon)
    assert [target.wait_seconds(attempt) for attempt in (1, 2, 8, 9, 185)] == [2, 4, 256, 300, 300]


class Schedules:
    """Schedules in the shared emulator that start a task of one definition."""

    def __init__(self, aws: Callable[[str], Any], tasks: Any, definition: str) -> None:
        self.client, self.tasks, self.definition = aws("scheduler"), tasks, definition

    def make(self, name: str, expression: str, *, state: str = "ENABLED", definition: str = "", **more: Any) -> None:
        cluster = self.tasks.ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
        wanted = more.pop("target", {})
        self.client.create_schedule(
            Name=name, ScheduleExpression=expression, State=state, FlexibleTimeWindow={"Mode": "OFF"}, **more,
            Target={
                "Arn": cluster, "RoleArn": ROLE,
                "EcsParameters": {
                    "TaskDefinitionArn": definition or self.definition, "LaunchType": "FARGATE",
                    "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": [self.tasks.subnet]}},
                },
                **wanted,
            },
        )  # fmt: skip

    def started(self, name: str) -> list[str]:
        """The tasks that the schedule has started. One that stops meanwhile is in both lists."""
        listed: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            listed += self.tasks.ecs.list_tasks(
                cluster=CLUSTER, startedBy=f"chronos-schedule/{name}", desiredStatus=status
            )["taskArns"]
        return sorted(set(listed))


@pytest.fixture(scope="module")
def schedules(aws: Callable[[str], Any], tasks: Any) -> Schedules:
    script = "import os, sys; print(os.environ.get('WORD', 'none'), *sys.argv[1:])"
    return Schedules(aws, tasks, tasks.register("job", [{"name": "job", "script": script}]))


def in_seconds(seconds: float) -> datetime:
    """About that many seconds from now: a whole second, as schedules have it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def at(due: datetime) -> str:
    return f"at({due:%Y-%m-%dT%H:%M:%S})"


def test_a_schedule_starts_a_task_with_its_overrides_at_its_time_once(schedules: Schedules) -> None:
    overrides = {"containerOverrides": [{"name": "job", "environment": [{"name": "WORD", "value": "scheduled"}]}]}
    due = in_seconds(3)
    schedules.make("once", at(due), target={"Input": json.dumps(overrides)}, ActionAfterCompletion="DELETE")
    assert eventually(lambda: schedules.started("once"))
    (task,) = schedules.started("once")
    assert schedules.tasks.described(task)["createdAt"] >= due
    schedules.tasks.until(task, "STOPPED")
    assert schedules.tasks.log("job", "job", task) == "scheduled"
    with pytest.raises(schedules.client.exceptions.ResourceNotFoundException):
        schedules.client.get_schedule(Name="once")


def test_a_rate_starts_at_once_and_a_disabled_schedule_never(schedules: Schedules) -> None:
    schedules.make("off", "rate(1 minute)", state="DISABLED")
    schedules.make("rate", "rate(1 hour)")
    assert eventually(lambda: schedules.started("rate"))
    time.sleep(1)
    assert len(schedules.started("rate")) == 1
    assert schedules.started("off") == []


def test_a_schedule_comes_back_with_the_emulator_and_is_still_on_time(schedules: Schedules, stage: Stage) -> None:
    # What falls into the time in between is not made up for.
    schedules.make("kept", at(in_seconds(30)))
    assert emulator.stop(stage)
    emulator.start(stage)
    assert schedules.client.get_schedule(Name="kept")["State"] == "ENABLED"
    assert eventually(lambda: schedules.started("kept"))
    # One that has begun before does not begin again because the emulator does.
    assert len(schedules.started("rate")) == 1


def test_what_cannot_be_started_is_tried_again_and_then_given_to_the_dead_letter_queue(
    schedules: Schedules, aws: Callable[[str], Any]
) -> None:
    queue = aws("sqs").create_queue(QueueName="failed")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    missing = "arn:aws:ecs:us-east-1:000000000000:task-definition/missing:1"
    began = time.monotonic()
    schedules.make(
        "failing", at(in_seconds(3)), definition=missing,
        target={"RetryPolicy": {"MaximumRetryAttempts": 1}, "DeadLetterConfig": {"Arn": arn}, "Input": "{}"},
    )  # fmt: skip
    (message,) = eventually(
        lambda: aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages")
    )
    assert time.monotonic() - began > 2.0
    assert "Unable to find task definition" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]


@pytest.mark.parametrize(("expression", "zone"), [("cron(0 0 * * * *)", "UTC"), ("rate(1 day)", "Europe/Nowhere")])
def test_what_is_no_schedule_is_refused(schedules: Schedules, expression: str, zone: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        schedules.make("wrong", expression, ScheduleExpressionTimezone=zone)
