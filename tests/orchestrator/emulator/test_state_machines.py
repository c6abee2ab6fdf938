"""State machines of the emulated AWS that run a task, as the module `job` has them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.emulator.server.schedules import state_machines
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

ROLE = "arn:aws:iam::000000000000:role/job"


@pytest.mark.parametrize(
    ("task", "failed"),
    [
        ({"Containers": [{"ExitCode": 0}, {"ExitCode": 0}]}, False),
        ({"Containers": [{"ExitCode": 0}, {"ExitCode": 3}]}, True),
        ({"Containers": [{}]}, True),
        ({"Containers": [], "StopCode": "TaskFailedToStart"}, True),
    ],
)
def test_a_task_has_failed_unless_all_its_containers_ended_well(task: dict[str, Any], failed: bool) -> None:
    assert state_machines.has_failed(task) is failed


class Jobs:
    """State machines with one task each."""

    def __init__(self, aws: Callable[[str], Any], tasks: Any) -> None:
        self.states, self.tasks = aws("stepfunctions"), tasks

    def make(self, name: str, script: str, *, seconds: int = 600, retries: int = 0) -> str:
        definition = self.tasks.register(name, [{"name": "x", "script": script, "stopTimeout": 1}])
        run = {
            "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": seconds, "End": True,
            "Parameters": {
                "Cluster": CLUSTER, "TaskDefinition": definition, "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [self.tasks.subnet]}},
            },
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": retries, "IntervalSeconds": 1}],
            "ResultPath": None,
        }  # fmt: skip
        look = {
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ecs:listTasks", "ResultPath": "$.running",
            "Parameters": {"Cluster": CLUSTER, "Family": name, "DesiredStatus": "RUNNING", "MaxResults": 1},
            "Next": "Is one running?",
        }  # fmt: skip
        choice = {"Type": "Choice", "Default": "Run",
                  "Choices": [{"Variable": "$.running.TaskArns[0]", "IsPresent": True, "Next": "Skip"}]}  # fmt: skip
        states = {"Look": look, "Is one running?": choice, "Skip": {"Type": "Succeed"}, "Run": run}
        made = self.states.create_state_machine(
            name=name, roleArn=ROLE, definition=json.dumps({"StartAt": "Look", "States": states})
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str) -> str:
        return str(self.states.start_execution(stateMachineArn=machine, input="{}")["executionArn"])

    def until_ended(self, execution: str) -> dict[str, Any]:
        def ended() -> Any:
            described = self.states.describe_execution(executionArn=execution)
            return described if described["status"] != "RUNNING" else None

        found: dict[str, Any] = eventually(ended)
        return found

    def of(self, family: str, status: str) -> list[str]:
        listed: list[str] = self.tasks.ecs.list_tasks(cluster=CLUSTER, family=family, desiredStatus=status)["taskArns"]
        return listed


@pytest.fixture(scope="module")
def jobs(aws: Callable[[str], Any], tasks: Any) -> Jobs:
    return Jobs(aws, tasks)


def test_a_job_that_ends_well_has_succeeded_and_one_that_runs_is_not_started_twice(jobs: Jobs) -> None:
    machine = jobs.make("well", "import os, time\nwhile not os.path.exists('/tmp/over'): time.sleep(0.1)")
    first = jobs.start(machine)
    (task,) = eventually(lambda: jobs.of("well", "RUNNING"))
    jobs.tasks.until(task, "RUNNING")
    assert jobs.until_ended(jobs.start(machine))["status"] == "SUCCEEDED"
    assert jobs.of("well", "RUNNING") == [task]
    jobs.tasks.touch(task, "/tmp/over")
    assert jobs.until_ended(first)["status"] == "SUCCEEDED"
    assert jobs.of("well", "STOPPED") == [task]
    assert jobs.tasks.described(task)["startedBy"] == "AWS Step Functions"


def test_a_job_that_fails_is_repeated_and_has_then_failed(jobs: Jobs) -> None:
    ended = jobs.until_ended(jobs.start(jobs.make("fails", "raise SystemExit(3)", retries=1)))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["Containers"][0]["ExitCode"] == 3
    assert len(jobs.of("fails", "STOPPED")) == 2


def test_a_job_that_takes_too_long_is_stopped(jobs: Jobs) -> None:
    ended = jobs.until_ended(jobs.start(jobs.make("slow", "import time; time.sleep(600)", seconds=15, retries=1)))
    assert ended["error"] == "States.Timeout"
    assert eventually(lambda: jobs.of("slow", "RUNNING") == [])
    (task,) = jobs.of("slow", "STOPPED")
    assert jobs.tasks.until(task, "STOPPED")["containers"][0]["exitCode"] == 137


def test_a_job_whose_execution_is_stopped_is_stopped_as_well(jobs: Jobs) -> None:
    execution = jobs.start(jobs.make("stopped", "import time; time.sleep(600)"))
    assert eventually(lambda: jobs.of("stopped", "RUNNING"))
    jobs.states.stop_execution(executionArn=execution)
    assert eventually(lambda: jobs.of("stopped", "RUNNING") == [])


def test_a_schedule_starts_a_state_machine_and_gives_it_the_time(jobs: Jobs, aws: Callable[[str], Any]) -> None:
    machine = jobs.make("scheduled", "print('ran')")
    due = datetime.now(UTC) + timedelta(seconds=3)
    aws("scheduler").create_schedule(
        Name="scheduled", ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine, "RoleArn": ROLE, "Input": '{"scheduled": "<aws.scheduler.scheduled-time>"}'},
    )  # fmt: skip
    (execution,) = eventually(lambda: jobs.states.list_executions(stateMachineArn=machine)["executions"])
    assert json.loads(jobs.states.describe_execution(executionArn=execution["executionArn"])["input"]) == {
        "scheduled": f"{due:%Y-%m-%dT%H:%M:%SZ}"
    }
    assert jobs.until_ended(execution["executionArn"])["status"] == "SUCCEEDED"
    time.sleep(1)
    assert len(jobs.states.list_executions(stateMachineArn=machine)["executions"]) == 1
