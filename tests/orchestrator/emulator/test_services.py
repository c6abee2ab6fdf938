"""Services of the emulated ECS keep to their tasks' health, and queues keep what workers have not finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.emulator.server.answers import deployments
from orchestrator.system import process
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

WAITS = "import time; time.sleep(600)"
READY, ILL = "/tmp/ready", "/tmp/ill"
# What is not well yet is given as much time for it as there is.
IS_READY = {"command": ["CMD-SHELL", f"test -e {READY}"], "interval": 5, "retries": 10}
IS_WELL = {"command": ["CMD-SHELL", f"test ! -e {ILL}"], "interval": 5, "retries": 2}


class Services:
    """Services with one task each."""

    def __init__(self, tasks: Any) -> None:
        self.tasks, self.ecs = tasks, tasks.ecs

    def define(self, family: str, script: str, check: dict[str, Any] | None = None) -> str:
        more = {"healthCheck": check} if check else {}
        return str(self.tasks.register(family, [{"name": "x", "script": script, "stopTimeout": 1, **more}]))

    def make(self, name: str, definition: str, count: int = 1, *, runs: bool = True, **more: Any) -> None:
        self.ecs.create_service(
            cluster=CLUSTER, serviceName=name, taskDefinition=definition, desiredCount=count, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.tasks.subnet]}}, **more,
        )  # fmt: skip
        assert not runs or eventually(lambda: len(self.running(name)) == count)

    def described(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
        return described

    def stopped(self, name: str) -> int:
        """How many tasks of it have ended."""
        return len(self.ecs.list_tasks(cluster=CLUSTER, serviceName=name, desiredStatus="STOPPED")["taskArns"])

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
    definition = services.define("slow", WAITS, IS_READY)
    services.ecs.update_service(cluster=CLUSTER, service="slow", taskDefinition=definition)
    assert eventually(lambda: len(services.running("slow")) == 2)
    time.sleep(3)
    assert services.described("slow")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    arns = [task["taskArn"] for task in services.running("slow")]
    assert old["taskArn"] in arns
    (ready,) = set(arns) - {old["taskArn"]}
    services.tasks.touch(ready, READY)
    assert eventually(lambda: services.described("slow")["deployments"][0]["rolloutState"] == "COMPLETED")
    # The old one is stopped behind that.
    assert eventually(lambda: len(services.running("slow")) == 1)
    (new,) = services.running("slow")
    assert (new["taskArn"], new["healthStatus"], new["taskDefinitionArn"]) == (ready, "HEALTHY", definition)


BREAKER: dict[str, Any] = {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}}


def test_a_first_deployment_is_in_progress_until_its_task_is_steady(services: Services) -> None:
    definition = services.define("first", WAITS, IS_READY)
    services.make("first", definition, **BREAKER)
    time.sleep(3)
    (deployment,) = services.described("first")["deployments"]
    assert (deployment["rolloutState"], deployment["desiredCount"]) == ("IN_PROGRESS", 1)
    (task,) = services.running("first")
    services.tasks.touch(task["taskArn"], READY)
    assert eventually(lambda: services.described("first")["deployments"][0]["rolloutState"] == "COMPLETED")


def test_a_first_deployment_of_no_task_is_complete(services: Services) -> None:
    services.make("none", services.define("none", WAITS), count=0, **BREAKER)
    assert services.described("none")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_first_deployment_that_fails_is_given_up_and_gets_no_task_until_the_next_one(services: Services) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
    services.make("dies", services.define("dies", "raise SystemExit(3)"), runs=False, **BREAKER)

    def given_up() -> bool:
        deployment = services.described("dies")["deployments"][0]
        # MiniStack has words of its own for it, which stand there for a moment.
        return (deployment["rolloutState"], deployment["rolloutStateReason"]) == ("FAILED", deployments.GIVEN_UP)

    assert eventually(given_up)
    said = services.described("dies")
    (deployment,) = said["deployments"]
    assert (deployment["status"], deployment["failedTasks"]) == ("PRIMARY", 3)
    assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    told = f"(service dies) (deployment {deployment['id']}) deployment failed: tasks failed to start."
    assert [event["message"] for event in said["events"]].count(told) == 1
    # Another number of tasks is no deployment.
    started = services.stopped("dies")
    for count in (0, 2, 1):
        services.ecs.update_service(cluster=CLUSTER, service="dies", desiredCount=count)
    time.sleep(3)
    assert given_up() and services.stopped("dies") == started and not services.running("dies")
    services.ecs.update_service(cluster=CLUSTER, service="dies", forceNewDeployment=True)
    again = services.described("dies")["deployments"][0]
    assert again["id"] != deployment["id"] and again["rolloutState"] == "IN_PROGRESS"
    assert eventually(lambda: services.stopped("dies") > started)


@pytest.fixture(scope="module")
def target_group(aws: Callable[[str], Any]) -> dict[str, Any]:
    """The `loadBalancers` of a service that listens at port 8000."""
    elbv2 = aws("elbv2")
    made = elbv2.create_target_group(Name="answers", Protocol="HTTP", Port=8000, TargetType="ip", VpcId="vpc-1")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    return {"loadBalancers": [{"targetGroupArn": arn, "containerName": "x", "containerPort": 8000}]}


def test_a_task_behind_a_load_balancer_is_well_once_it_answers(
    services: Services, target_group: dict[str, Any]
) -> None:
    late = f"""
import http.server, os, time
while not os.path.exists({READY!r}):
    time.sleep(0.1)
http.server.test(port=8000)
"""
    services.make("late", services.define("late", late), **BREAKER, **target_group)
    (task,) = services.running("late")
    time.sleep(2)
    assert services.described("late")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    services.tasks.touch(task["taskArn"], READY)
    assert eventually(lambda: services.described("late")["deployments"][0]["rolloutState"] == "COMPLETED")


def test_tasks_that_end_before_they_answer_are_counted_however_long_they_have_run(
    services: Services, target_group: dict[str, Any]
) -> None:
    definition = services.define("soon", "import time; time.sleep(2.5); raise SystemExit(3)")
    services.make("soon", definition, runs=False, **BREAKER, **target_group)
    assert eventually(lambda: services.described("soon")["deployments"][0]["rolloutState"] == "FAILED")
    assert services.described("soon")["deployments"][0]["failedTasks"] == 3


def test_an_unhealthy_task_is_replaced(services: Services) -> None:
    services.make("ill", services.define("ill", WAITS, IS_WELL))
    (task,) = services.running("ill")
    services.tasks.touch(task["taskArn"], ILL)
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
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "600", "RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="never finished")
    assert counts(url) == (1, 0)
    for _ in range(2):
        (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, AttributeNames=["All"])["Messages"]
        assert counts(url) == (0, 1)
        # Its worker is slow, and has lost it a second from now.
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=1)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    time.sleep(1.2)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert counts(dead) == (1, 0)


def test_a_load_balancer_that_is_asked_for_twice_by_the_same_request_is_made_once(aws: Callable[[str], Any]) -> None:
    """As AWS does it: whoever has lost the first answer sends the request again."""
    balancers = aws("elbv2")
    asked: dict[str, Any] = {"Name": "twice", "Subnets": ["subnet-1", "subnet-2"], "Tags": [{"Key": "a", "Value": "b"}]}
    group: dict[str, Any] = {"Name": "twice", "Protocol": "HTTP", "Port": 8000, "VpcId": "vpc-1", "TargetType": "ip"}
    first, second = (balancers.create_load_balancer(**asked)["LoadBalancers"][0] for _ in range(2))
    assert first["LoadBalancerArn"] == second["LoadBalancerArn"]
    one, other = (balancers.create_target_group(**group)["TargetGroups"][0] for _ in range(2))
    assert one["TargetGroupArn"] == other["TargetGroupArn"]
    with pytest.raises(balancers.exceptions.DuplicateLoadBalancerNameException):
        balancers.create_load_balancer(**{**asked, "Subnets": ["subnet-1"]})
    with pytest.raises(balancers.exceptions.DuplicateTargetGroupNameException):
        balancers.create_target_group(**{**group, "Port": 9000})
    listener: dict[str, Any] = {
        "LoadBalancerArn": first["LoadBalancerArn"], "Protocol": "HTTP", "Port": 80,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": one["TargetGroupArn"]}],
    }  # fmt: skip
    one, other = (balancers.create_listener(**listener)["Listeners"][0] for _ in range(2))
    assert one["ListenerArn"] == other["ListenerArn"]
    with pytest.raises(balancers.exceptions.DuplicateListenerException):
        balancers.create_listener(**{**listener, "Protocol": "HTTPS"})
    rule: dict[str, Any] = {
        "ListenerArn": one["ListenerArn"], "Priority": 7, "Actions": listener["DefaultActions"],
        "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
    }  # fmt: skip
    one, other = (balancers.create_rule(**rule)["Rules"][0] for _ in range(2))
    assert one["RuleArn"] == other["RuleArn"]
    with pytest.raises(balancers.exceptions.PriorityInUseException):
        balancers.create_rule(**{**rule, "Conditions": [{"Field": "path-pattern", "Values": ["/b"]}]})
    assert len(balancers.describe_rules(ListenerArn=rule["ListenerArn"])["Rules"]) == 2  # one is the default
    balancers.delete_load_balancer(LoadBalancerArn=first["LoadBalancerArn"])
    again = balancers.create_load_balancer(**asked)["LoadBalancers"][0]
    assert again["LoadBalancerArn"] != first["LoadBalancerArn"]
