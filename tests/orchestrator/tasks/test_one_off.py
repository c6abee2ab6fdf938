"""One-off tasks: what is registered and asked for, which image is meant, what is said of one that does not start."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from orchestrator.aws import ecr, refusals
from orchestrator.aws.session import Aws
from orchestrator.console import Stage
from orchestrator.errors import ExitCode, Failure, Interrupted
from orchestrator.operate import chosen_image
from orchestrator.project.environment import Environment
from orchestrator.target import Target
from orchestrator.tasks import definition, followed, one_off

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
LIVE: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/storyizer-local-words:7",
    "family": "storyizer-local-words", "revision": 7, "status": "ACTIVE", "registeredAt": "now", "pidMode": "",
    "volumes": [], "cpu": "256", "memory": "512", "networkMode": "awsvpc",
    "taskRoleArn": "arn:task", "executionRoleArn": "arn:execution",
    "containerDefinitions": [{
        "name": "words", "image": f"registry/words@{DIGEST}", "healthCheck": {"command": ["CMD", "x"]},
        "environment": [{"name": "IMAGE_DIGEST", "value": DIGEST}, {"name": "PORT", "value": "8000"}],
        "secrets": [{"name": "KEY", "valueFrom": "arn:secret"}],
    }],
}  # fmt: skip
STAGING = Environment("staging", "1" * 12, "us-east-1", "X86_64", Path("staging.tfvars"))
SERVICE: dict[str, Any] = {
    "serviceName": "words", "launchType": "", "loadBalancers": [{"targetGroupArn": "arn:group"}],
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
}  # fmt: skip


def test_the_command_takes_the_place_of_the_images_entry_point() -> None:
    made = definition.of(LIVE, "words", ["python3", "-c", "1"], None)
    (container,) = made["containerDefinitions"]
    assert (container["entryPoint"], container["command"]) == (["python3"], ["-c", "1"])
    assert container["image"].endswith(DIGEST)
    assert "healthCheck" not in container


def test_network_roles_secrets_and_size_stay_and_the_family_is_another() -> None:
    made = definition.of(LIVE, "words", ["ls"], None)
    assert made["family"] == "storyizer-local-words-run"
    assert {key: made[key] for key in ("cpu", "memory", "networkMode", "taskRoleArn", "executionRoleArn")} == {
        key: LIVE[key] for key in ("cpu", "memory", "networkMode", "taskRoleArn", "executionRoleArn")
    }
    assert made["containerDefinitions"][0]["secrets"] == LIVE["containerDefinitions"][0]["secrets"]
    # What DescribeTaskDefinition adds, and what it says of nothing, RegisterTaskDefinition refuses.
    assert not {"taskDefinitionArn", "revision", "status", "registeredAt", "pidMode", "volumes"} & made.keys()


def test_another_image_is_named_in_its_environment_too() -> None:
    (container,) = definition.of(LIVE, "words", ["ls"], f"registry/words@{OTHER}")["containerDefinitions"]
    assert container["image"] == f"registry/words@{OTHER}"
    assert container["environment"] == [{"name": "IMAGE_DIGEST", "value": OTHER}, {"name": "PORT", "value": "8000"}]


@pytest.mark.parametrize("command", [[""], ["  "], ["ls", "a\0b"], ["echo", "x" * definition.LARGEST_BYTES]])
def test_a_command_that_no_task_definition_holds_is_refused(command: list[str]) -> None:
    with pytest.raises(Failure) as refused:
        definition.check_command(command, definition.of(LIVE, "words", command, None))
    assert refused.value.exit_code is ExitCode.USAGE


def test_the_task_runs_where_the_services_run_and_is_none_of_them() -> None:
    asked = one_off.request(STAGING, SERVICE, "arn:definition", "words")
    assert asked["networkConfiguration"] == SERVICE["networkConfiguration"]
    assert asked["capacityProviderStrategy"] == SERVICE["capacityProviderStrategy"]
    assert {"key": "Environment", "value": "staging"} in asked["tags"]
    assert (asked["group"], asked["count"], "launchType" in asked, "loadBalancers" in asked) == (
        "run:words", 1, False, False,
    )  # fmt: skip
    on_instances = {**SERVICE, "capacityProviderStrategy": [], "launchType": "EC2"}
    assert one_off.request(STAGING, on_instances, "arn:definition", "words")["launchType"] == "EC2"


def test_a_task_that_is_not_placed_is_told_with_ecs_reason() -> None:
    refused = one_off.not_placed("words", [{"reason": "RESOURCE:CPU"}, {"reason": "Capacity is unavailable"}])
    assert refused.reason == "RESOURCE:CPU\nCapacity is unavailable"
    assert one_off.not_placed("words", []).reason == "It gives no reason."


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "the token is no good"}}, "DescribeTasks")


@pytest.mark.parametrize(
    ("raised", "helps", "expired"),
    [
        (error("ExpiredTokenException"), "renew the credentials (aws sso login), then: ", True),
        (NoCredentialsError(), "aws sso login, or set AWS_PROFILE to a profile of that account, then: ", False),
        (error("ThrottlingException"), "wait a minute, then: ", False),
    ],
)
def test_credentials_that_expire_meanwhile_are_told_with_what_goes_on(
    raised: Exception, helps: str, expired: bool
) -> None:
    failed = one_off.unwatched(raised, "staging", "words", {"taskArn": "arn:aws:ecs:r:1:task/c/0123456789"})
    assert failed.next_step.startswith(helps)
    assert failed.reason.startswith("The credentials have expired.") is expired
    assert "Task 01234567 goes on by itself" in failed.reason
    assert "logs words staging" in failed.next_step


def test_what_aws_refuses_is_a_failure_and_nothing_else_is() -> None:
    with pytest.raises(Failure, match="not done"), refusals.explained("not done", next_step="again"):
        raise error("AccessDenied")
    with pytest.raises(ZeroDivisionError), refusals.explained("not done", next_step="again"):
        raise ZeroDivisionError


@pytest.mark.parametrize(("left", "says"), [("", "nothing of it is left"), ("task 01 may go on", "task 01 may go on")])
def test_an_interrupted_run_says_what_is_left_of_it(left: str, says: str) -> None:
    failed = Interrupted("task 01")
    one_off.say_what_is_left(failed, left, "staging", "words")
    assert says in failed.reason
    assert ("nothing of it is left" in failed.reason) is not bool(left)
    assert ("logs words staging" in failed.next_step) is bool(left)


@pytest.mark.parametrize(("seconds", "text"), [(1, "1 s"), (60, "1 minute"), (600, "10 minutes"), (90, "1.5 minutes")])
def test_a_time_is_said_in_words(seconds: float, text: str) -> None:
    assert followed.minutes(seconds) == text


@pytest.fixture
def registry(emulated: Callable[..., Aws]) -> tuple[Aws, str]:
    """A registry with one image of words, tagged `one`, and its digest."""
    aws = emulated("local")
    client = aws.client("ecr")
    client.create_repository(repositoryName=ecr.repository("words"))
    manifest = '{"schemaVersion": 2, "config": {}, "layers": []}'
    put = client.put_image(repositoryName=ecr.repository("words"), imageManifest=manifest, imageTag="one")
    return aws, str(put["image"]["imageId"]["imageDigest"])


@pytest.mark.network
def test_a_task_that_writes_faster_than_it_is_read_does_not_hold_off_its_end(
    emulated: Callable[..., Aws], stage: Stage
) -> None:
    aws = emulated("local")
    logs, place = aws.client("logs"), {"logGroupName": f"/ecs/{aws.environment.prefix}/words"}
    stream = {**place, "logStreamName": "words/words/0123"}
    logs.create_log_group(**place)
    logs.create_log_stream(**stream)
    lines: list[str] = []

    def write_another(line: str = "") -> None:
        assert len(lines) < 50, "it is never looked at whether the task has ended"
        lines.append(line)
        logs.put_log_events(**stream, logEvents=[{"timestamp": int(time.time() * 1000), "message": str(len(lines))}])

    write_another()
    task, wanted = {"taskArn": "arn:aws:ecs:r:1:task/c/0123"}, followed.Wanted("words", ["yes"])
    on_its_way = followed.Followed(Target(aws.environment, aws, ""), wanted, task, "image", stage, write_another)
    assert on_its_way.pass_on()
    assert lines == ["", *(str(number) for number in range(1, followed.PAGES_AT_ONCE + 1))]


@pytest.mark.network
class TestImage:
    def test_a_tag_a_digest_and_an_address_mean_the_same_image(self, registry: tuple[Aws, str]) -> None:
        aws, digest = registry
        wanted = ecr.uri(aws, "words", digest)
        assert [chosen_image.find(aws, "words", name) for name in ("one", digest, wanted)] == [wanted] * 3

    @pytest.mark.parametrize("name", ["two", "", "sha256:abc", f"sha256:{'0' * 64}", "-x", "a b"])
    def test_what_the_registry_lacks_is_refused(self, registry: tuple[Aws, str], name: str) -> None:
        with pytest.raises(Failure, match="there is no image") as refused:
            chosen_image.find(registry[0], "words", name)
        assert refused.value.exit_code is ExitCode.USAGE

    def test_the_address_of_another_repository_is_refused(self, registry: tuple[Aws, str]) -> None:
        aws, digest = registry
        with pytest.raises(Failure, match="there is no image"):
            chosen_image.find(aws, "words", f"elsewhere/words@{digest}")
