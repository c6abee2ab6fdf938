"""The pipeline's roles, applied to an emulated IAM that keeps to policies: who may take them, and what they may do."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.system import paths
from tests.ci.pipeline_account import ACCOUNT, APPLY, BUCKET, PLAN, client

pytestmark = [pytest.mark.network, pytest.mark.terraform]

NAMES, IDS = "repo:Example/shop", "repo:Example@1001/shop@2002"
REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
Clients = Callable[[str], Any]


def token(subject: str, audience: str = "sts.amazonaws.com") -> str:
    """A token as GitHub's, unsigned: the emulator looks at what it claims."""

    def part(value: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"iss": "https://token.actions.githubusercontent.com", "sub": subject, "aud": audience}
    return f"{part({'alg': 'none'})}.{part(claims)}."


def take(endpoint: str, role: str, subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
    """The credentials of the role, taken as a job with that subject. Raises `ClientError`."""
    taken = client(endpoint, "sts").assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="job", WebIdentityToken=token(subject, audience)
    )
    credentials: dict[str, str] = taken["Credentials"]
    return credentials


@pytest.fixture(scope="module")
def planner(pipeline_aws: str, pipeline: object) -> Clients:
    """Clients of a job that plans a pull request."""
    credentials = take(pipeline_aws, PLAN, f"{NAMES}:pull_request")
    return lambda service: client(pipeline_aws, service, credentials)


@pytest.fixture(scope="module")
def applier(pipeline_aws: str, pipeline: object) -> Clients:
    """Clients of a job that applies to staging."""
    credentials = take(pipeline_aws, APPLY, f"{IDS}:environment:staging")
    return lambda service: client(pipeline_aws, service, credentials)


def refused(call: Callable[[], object]) -> bool:
    """True if IAM refuses the call, False if it is made."""
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] in REFUSED, error
        return True
    return False


def test_a_second_plan_changes_nothing(pipeline: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = pipeline("plan", "-detailed-exitcode")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        (PLAN, f"{NAMES}:pull_request"),
        (PLAN, f"{IDS}:pull_request"),
        (PLAN, f"{NAMES}:ref:refs/heads/main"),
        (PLAN, f"{IDS}:ref:refs/heads/main"),
        (APPLY, f"{NAMES}:environment:staging"),
        (APPLY, f"{IDS}:environment:staging"),
    ],
)
def test_the_repository_s_own_jobs_take_their_role(
    pipeline_aws: str, pipeline: Callable[..., subprocess.CompletedProcess[str]], role: str, subject: str
) -> None:
    assert not refused(lambda: take(pipeline_aws, role, subject))


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        (PLAN, "repo:Evil/shop:pull_request"),
        (PLAN, "repo:Example/shop-two:pull_request"),
        (PLAN, "repo:Example@666/shop@2002:pull_request"),
        (PLAN, "repo:Example@1001/shop@666:pull_request"),
        (PLAN, f"{NAMES}:ref:refs/heads/change"),
        (PLAN, f"{NAMES}:environment:staging"),
        (PLAN, "repo:example/shop:pull_request"),
        (PLAN, "repo:*"),
        (APPLY, f"{NAMES}:pull_request"),
        (APPLY, f"{NAMES}:ref:refs/heads/main"),
        (APPLY, f"{NAMES}:environment:production"),
        (APPLY, f"{NAMES}:environment:staging2"),
        (APPLY, "repo:Evil@1/shop@2:environment:staging"),
    ],
)
def test_no_other_job_takes_a_role(
    pipeline_aws: str, pipeline: Callable[..., subprocess.CompletedProcess[str]], role: str, subject: str
) -> None:
    assert refused(lambda: take(pipeline_aws, role, subject))


def test_a_token_for_another_audience_is_refused(
    pipeline_aws: str, pipeline: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert refused(lambda: take(pipeline_aws, PLAN, f"{NAMES}:pull_request", "https://github.com/Example"))


def object_calls(clients: Clients, key: str) -> tuple[Callable[[], object], ...]:
    """Read, write and delete of an object in the state bucket."""
    s3 = clients("s3")
    return (
        lambda: s3.get_object(Bucket=BUCKET, Key=key),
        lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}"),
        lambda: s3.delete_object(Bucket=BUCKET, Key=key),
    )


def test_who_plans_reads_states_locks_them_and_keeps_bundles(planner: Clients) -> None:
    read, write, delete = object_calls(planner, "staging/terraform.tfstate")
    assert (refused(read), refused(write), refused(delete)) == (False, True, True)
    read, write, delete = object_calls(planner, "staging/releases/000001.json")
    assert (refused(read), refused(write), refused(delete)) == (False, True, True)
    _, write, delete = object_calls(planner, "staging/terraform.tfstate.tflock")
    assert (refused(write), refused(delete)) == (False, False)
    _, write, delete = object_calls(planner, f"staging/bundles/{'1' * 40}/{'2' * 64}/bundle.json")
    assert (refused(write), refused(delete)) == (False, True)
    for key in ("registry/terraform.tfstate", "registry/applied.json", "built/words/0123456789abcdef.json"):
        _, write, delete = object_calls(planner, key)
        assert refused(write) and refused(delete)
    assert not refused(lambda: planner("s3").list_objects_v2(Bucket=BUCKET, Prefix="staging/"))


def test_nobody_reaches_the_state_of_an_environment_that_is_not_the_pipeline_s(
    planner: Clients, applier: Clients
) -> None:
    for clients in (planner, applier):
        assert all(refused(call) for call in object_calls(clients, "production/terraform.tfstate"))


def test_who_plans_pushes_images_and_makes_nothing_else(planner: Clients) -> None:
    assert not refused(planner("ecr").get_authorization_token)
    assert not refused(lambda: planner("ecr").describe_images(repositoryName="storyizer/words"))
    assert not refused(lambda: planner("ecr").initiate_layer_upload(repositoryName="storyizer/words"))
    assert not refused(planner("ec2").describe_vpcs)
    for call in (
        lambda: planner("ecr").create_repository(repositoryName="storyizer/verbs"),
        lambda: planner("ecr").delete_repository(repositoryName="storyizer/words"),
        lambda: planner("ecr").batch_delete_image(repositoryName="storyizer/words", imageIds=[{"imageTag": "x"}]),
        lambda: planner("ecr").initiate_layer_upload(repositoryName="other/words"),
        lambda: planner("iam").create_role(RoleName="storyizer-staging-x", AssumeRolePolicyDocument="{}"),
        lambda: planner("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
        lambda: planner("dynamodb").delete_table(TableName="storyizer-staging-stories"),
        lambda: planner("ecs").update_service(cluster="storyizer-staging", service="words", desiredCount=0),
    ):
        assert refused(call)


def test_who_applies_writes_the_state_of_its_environment(applier: Clients) -> None:
    for key in ("staging/terraform.tfstate", "staging/releases/000002.json", "registry/applied.json",
                "built/words/0123456789abcdef.json"):  # fmt: skip
        assert not refused(object_calls(applier, key)[1])
    assert refused(object_calls(applier, "staging/terraform.tfstate")[2])
    assert refused(object_calls(applier, "staging/releases/000001.json")[2])
    assert not refused(object_calls(applier, f"staging/bundles/{'1' * 40}/{'2' * 64}/bundle.json")[2])


def test_who_applies_builds_what_is_deployed(applier: Clients) -> None:
    assert not refused(applier("ecr").get_authorization_token)
    assert not refused(lambda: applier("ecr").initiate_layer_upload(repositoryName="storyizer/words"))
    assert refused(lambda: applier("ecr").initiate_layer_upload(repositoryName="other/words"))
    assert refused(lambda: applier("ecr").batch_delete_image(
        repositoryName="storyizer/words", imageIds=[{"imageTag": "x"}]
    ))  # fmt: skip


def test_who_applies_makes_a_table_and_never_deletes_data(applier: Clients) -> None:
    def make(name: str) -> Callable[[], object]:
        return lambda: applier("dynamodb").create_table(
            TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip

    assert not refused(make("storyizer-staging-stories"))
    assert refused(make("storyizer-production-stories"))
    assert refused(lambda: applier("dynamodb").delete_table(TableName="storyizer-staging-stories"))
    assert refused(lambda: applier("ecr").delete_repository(repositoryName="storyizer/words"))


def test_who_applies_makes_queues_and_buckets_of_its_environment(planner: Clients, applier: Clients) -> None:
    assert not refused(lambda: applier("sqs").create_queue(QueueName="storyizer-staging-mail"))
    assert refused(lambda: applier("sqs").create_queue(QueueName="storyizer-production-mail"))
    assert refused(lambda: planner("sqs").create_queue(QueueName="storyizer-staging-other"))
    assert not refused(lambda: applier("s3").create_bucket(Bucket="storyizer-staging-uploads-111111111111"))
    assert refused(lambda: applier("s3").create_bucket(Bucket="storyizer-production-uploads-111111111111"))
    assert refused(lambda: planner("s3").create_bucket(Bucket="storyizer-staging-other-111111111111"))
    assert refused(lambda: applier("s3").delete_bucket(Bucket=BUCKET))


def test_who_applies_cannot_give_itself_rights(applier: Clients) -> None:
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    for call in (
        lambda: applier("iam").create_role(RoleName="storyizer-staging-x", AssumeRolePolicyDocument="{}"),
        lambda: applier("iam").put_role_policy(RoleName=APPLY, PolicyName="x", PolicyDocument=policy),
        lambda: applier("iam").attach_role_policy(RoleName=APPLY, PolicyArn=admin),
        lambda: applier("iam").attach_role_policy(RoleName="storyizer-staging-words-task", PolicyArn=admin),
        lambda: applier("iam").update_assume_role_policy(RoleName=APPLY, PolicyDocument="{}"),
        lambda: applier("iam").delete_role_permissions_boundary(RoleName="storyizer-staging-words-task"),
        lambda: applier("iam").create_user(UserName="x"),
        lambda: applier("iam").create_policy_version(
            PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/storyizer-pipeline-boundary", PolicyDocument=policy
        ),
    ):
        assert refused(call)


def test_the_state_is_kept_in_s3_and_locked_there() -> None:
    text = Path(paths.TERRAFORM / "pipeline" / "versions.tf").read_text()
    assert text == (paths.TERRAFORM / "registry" / "versions.tf").read_text()
