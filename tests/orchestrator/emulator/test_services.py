"""Services of the emulated ECS keep to their tasks' health, and queues keep what workers have not finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.system import process
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

WAITS = "import time; time.sleep(600)"
CHECK = {"interval": 5, "retries": 2}


class Services:
    """Services with one task each."""

    def __init__(self, tasks: Any) -> None:
        self.tasks, self.ecs = tasks, tasks.ecs

    def define(self, family: str, script: str, command: str = "") -> str:
        check = {"healthCheck": {"command": ["CMD-SHELL", command], **CHECK}} if command else {}
        return str(self.tasks.register(family, [{"name": "x", "script": script, "stopTimeout": 1, **check}]))

    def make(self, name: str, definition: str) -> None:
        self.ecs.create_service(
            cluster=CLUSTER, serviceName=name, taskDefinition=definition, desiredCount=1, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.tasks.subnet]}},
        )  # fmt: skip
        assert eventually(lambda: len(self.running(name)) == 1)

    def described(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
        return described

    def running(self, name: str) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]
        tasks = self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["lastStatus"] == "RUNNING"]


@pytest.fixture(scope="module")
def services(tasks: Any) -> Services:
    return Services(tasks)


def test_a_rollout_is_complete_when_the_new_task_is_healthy_and_not_before(services: Services) -> None:
    services.make("slow", services.define("slow", WAITS))
    (old,) = services.running("slow")
    ready = "import time; time.sleep(7); open('/tmp/ready', 'w'); time.sleep(600)"
    definition = services.define("slow", ready, "test -e /tmp/ready")
    services.ecs.update_service(cluster=CLUSTER, service="slow", taskDefinition=definition)
    assert eventually(lambda: len(services.running("slow")) == 2)
    time.sleep(3)
    assert services.described("slow")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert old["taskArn"] in [task["taskArn"] for task in services.running("slow")]
    assert eventually(lambda: services.described("slow")["deployments"][0]["rolloutState"] == "COMPLETED")
    (new,) = services.running("slow")
    assert (new["healthStatus"], new["taskDefinitionArn"]) == ("HEALTHY", definition)


def test_an_unhealthy_task_is_replaced(services: Services) -> None:
    services.make("ill", services.define("ill", WAITS, "test ! -e /tmp/ill"))
    (task,) = services.running("ill")
    process.run(["docker", "exec", task["containers"][0]["runtimeId"], "touch", "/tmp/ill"])
    ended = services.tasks.until(task["taskArn"], "STOPPED")
    assert (ended["stopCode"], ended["stoppedReason"]) == (
        "ServiceSchedulerInitiated", "Task failed container health checks"
    )  # fmt: skip
    assert eventually(lambda: len(services.running("ill")) == 1)


def test_a_task_whose_container_was_removed_by_hand_is_replaced(services: Services) -> None:
    services.make("gone", services.define("gone", WAITS))
    (task,) = services.running("gone")
    assert process.run(["docker", "rm", "--force", task["containers"][0]["runtimeId"]]).ok
    assert services.tasks.until(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 137
    assert eventually(lambda: len(services.running("gone")) == 1)


def test_a_queue_gives_a_message_again_and_then_to_its_dead_letters(aws: Callable[[str], Any]) -> None:
    sqs = aws("sqs")

    def counts(url: str) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 2}}'
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="never finished")
    assert counts(url) == (1, 0)
    for _ in range(2):
        (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"]
        assert counts(url) == (0, 1)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    time.sleep(1.2)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert counts(dead) == (1, 0)
