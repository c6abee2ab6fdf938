"""An emulator that the tests of a module share, clients of it, and images that its tasks can be started from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from orchestrator.console import Console, Stage
from orchestrator.emulator import emulator, emulator_process
from orchestrator.machine import base_image
from orchestrator.system import process

CLUSTER = "test"
# A busy machine starts a container in many times what it takes otherwise. Who waits goes on as soon as it is so.
SECONDS = 120.0


@pytest.fixture(scope="module")
def shared(container_engine: None, work: None) -> Iterator[emulator.Emulator]:
    """An emulator that the tests of the module share, destroyed afterwards with all that it left."""
    stage = Stage("emulator")
    yield emulator.start(stage)
    emulator.destroy(stage)
    assert emulator.task_containers() == []


@pytest.fixture(scope="module")
def aws(shared: emulator.Emulator) -> Callable[[str], Any]:
    """Clients of the shared emulator by service, each made once."""
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(
                service, endpoint_url=shared.endpoint, region_name=emulator.REGION, aws_access_key_id="test",
                aws_secret_access_key="test",
            )  # fmt: skip
        return made[service]

    return client


@pytest.fixture(scope="module")
def image(aws: Callable[[str], Any]) -> Iterator[str]:
    """An image with Python in it, in the emulator's registry, by digest; and a cluster for its tasks."""
    base = base_image.choose(Console(live=False), Stage("base image")).reference
    aws("ecr").create_repository(repositoryName="storyizer/x")
    tag = f"127.0.0.1:{emulator.ports().api}/storyizer/x:1"
    assert process.run(["docker", "tag", base, tag]).ok
    pushed = process.run(["docker", "push", tag])
    assert pushed.ok, pushed.stderr
    digest = aws("ecr").describe_images(repositoryName="storyizer/x")["imageDetails"][0]["imageDigest"]
    reference = f"127.0.0.1:{emulator.ports().api}/storyizer/x@{digest}"
    aws("ecs").create_cluster(clusterName=CLUSTER)
    yield reference
    process.run(["docker", "rmi", "--force", tag, reference])


@pytest.fixture(scope="module")
def subnet(aws: Callable[[str], Any]) -> str:
    """A subnet for tasks with a network of their own."""
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"])


class Tasks:
    """Tasks of one's own: `ran` is one that has ended, with its log lines by container."""

    def __init__(self, aws: Callable[[str], Any], image: str, subnet: str) -> None:
        self.ecs, self.logs, self.image, self.subnet = aws("ecs"), aws("logs"), image, subnet

    def register(self, family: str, containers: list[dict[str, Any]], **more: Any) -> str:
        """A task definition for Fargate; a container's `script` is a Python program."""
        definitions = []
        for each in containers:
            definition = {"image": self.image, "essential": True, **each}
            if "script" in definition:
                definition["command"] = ["python3", "-u", "-c", definition.pop("script")]
            definition["logConfiguration"] = {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/test/{family}", "awslogs-region": emulator.REGION,
                    "awslogs-stream-prefix": "x", "awslogs-create-group": "true",
                },
            }  # fmt: skip
            definitions.append(definition)
        made = self.ecs.register_task_definition(
            family=family, containerDefinitions=definitions,
            **{"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", **more},
        )  # fmt: skip
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def start(self, definition: str) -> str:
        """A task of that definition; its ARN."""
        ran = self.ecs.run_task(
            cluster=CLUSTER, taskDefinition=definition, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnet]}},
        )  # fmt: skip
        return str(ran["tasks"][0]["taskArn"])

    def described(self, arn: str) -> dict[str, Any]:
        """What ECS says of the task."""
        described: dict[str, Any] = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
        return described

    def until(self, arn: str, status: str) -> dict[str, Any]:
        """The task once it has that status."""
        seen: dict[str, Any] = {}

        def has_it() -> bool:
            seen.update(self.described(arn))
            return bool(seen["lastStatus"] == status)

        assert eventually(has_it), seen
        return seen

    def touch(self, arn: str, *files: str) -> None:
        """Make files in a task's only container, which runs."""
        (container,) = self.described(arn)["containers"]
        done = process.run(["docker", "exec", container["runtimeId"], "touch", *files])
        assert done.ok, done.stderr

    def ran(self, family: str, containers: list[dict[str, Any]], **more: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """A task of these containers, once it has stopped, and what each of them logged."""
        arn = self.start(self.register(family, containers, **more))
        ended = self.until(arn, "STOPPED")
        return ended, {each["name"]: self.log(family, each["name"], arn) for each in containers}

    def log(self, family: str, container: str, arn: str) -> str:
        """What a task's container logged."""
        try:
            events = self.logs.get_log_events(
                logGroupName=f"/test/{family}", logStreamName=f"x/{container}/{arn.rpartition('/')[2]}"
            )["events"]
        except self.logs.exceptions.ResourceNotFoundException:
            return ""
        return "\n".join(event["message"] for event in events)


@pytest.fixture(scope="module")
def tasks(aws: Callable[[str], Any], image: str, subnet: str) -> Tasks:
    """Tasks in the shared emulator."""
    return Tasks(aws, image, subnet)


def eventually(check: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first true answer of `check`, the last answer if there is none in time."""
    until = time.monotonic() + seconds
    while True:
        answer = check()
        if answer or time.monotonic() > until:
            return answer
        time.sleep(0.1)


def own(kind: str) -> list[str]:
    """The engine's volumes or networks of the shared emulator."""
    label = f"label=ministack.instance={emulator_process.instance()}:{emulator.ports().api}"
    return process.run(["docker", kind, "ls", "--quiet", "--filter", label]).stdout.split()
