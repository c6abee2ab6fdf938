"""What `doctor` says of an account and of what credentials may do in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.doctor import aws_checks, aws_rights, machine_checks
from orchestrator.project import environment as environments
from orchestrator.project.environment import Environment
from orchestrator.system import process

ACCOUNT = "111111111111"
REPOSITORIES = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/storyizer/*"


def policy(*actions: str, resource: str = REPOSITORIES) -> str:
    return json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]
    })  # fmt: skip


@pytest.fixture
def user(strict_aws: str, tmp_path: Path) -> Callable[..., Aws]:
    """`user("name", "ecr:*")` is a user who may do that, with the calls of theirs."""
    root = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}
    environment = Environment("blue", ACCOUNT, "us-east-1", "X86_64", tmp_path / "blue.tfvars")

    def make(name: str, *documents: str) -> Aws:
        iam = Aws(environment, strict_aws, root).client("iam")
        iam.create_user(UserName=name)
        for number, document in enumerate(documents):
            iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return Aws(environment, strict_aws, keys)

    return make


ASK = policy("iam:SimulatePrincipalPolicy", resource="*")


def test_the_right_to_push_is_asked_of_iam(user: Callable[..., Aws]) -> None:
    check = aws_checks.push_right(user("pusher", ASK, policy("ecr:*")))
    assert (check.status, check.found) == ("ok", REPOSITORIES)


def test_a_missing_right_to_push_is_named(user: Callable[..., Aws]) -> None:
    check = aws_checks.push_right(
        user("reader", ASK, policy("ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload"))
    )
    assert check.status == "missing"
    assert check.found == "these credentials may not ecr:CompleteLayerUpload, ecr:PutImage, ecr:UploadLayerPart"
    assert REPOSITORIES in check.action


def test_a_right_of_other_repositories_is_none(user: Callable[..., Aws]) -> None:
    other = REPOSITORIES.replace("storyizer", "other")
    assert aws_checks.push_right(user("other", ASK, policy("ecr:*", resource=other))).status == "missing"


def test_without_the_right_to_ask_it_is_not_known(user: Callable[..., Aws]) -> None:
    check = aws_checks.push_right(user("blind", policy("ecr:*")))
    assert check.status == "warning"
    assert check.found.startswith("not known: these credentials may not ask for their rights")


def test_a_session_is_asked_for_by_its_role(strict_aws: str, tmp_path: Path) -> None:
    environment = Environment("blue", ACCOUNT, "us-east-1", "X86_64", tmp_path / "blue.tfvars")
    aws = Aws(environment, strict_aws, {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"})
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = aws.client("iam").create_role(RoleName="deployer", Path="/teams/a/", AssumeRolePolicyDocument=trust)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"
    assert aws_rights.source(aws, session) == made["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/teams/a/deployer"
    gone = f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/me"
    assert aws_rights.source(aws, gone) == f"arn:aws:iam::{ACCOUNT}:role/gone"
    assert aws_rights.refused(aws, f"arn:aws:iam::{ACCOUNT}:root", aws_rights.PUSH, REPOSITORIES) == []


def test_the_state_bucket_is_there_or_can_be_made(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    check = aws_checks.state_bucket(aws)
    assert (check.status, check.found) == (
        "ok", f"{aws.environment.state_bucket} is not there: the first deploy makes it"
    )  # fmt: skip
    state.ensure_bucket(aws)
    assert aws_checks.state_bucket(aws).found == f"{aws.environment.state_bucket} is there"


def test_a_state_bucket_of_another_account_is_missing(emulated: Callable[..., Aws]) -> None:
    aws, other = emulated(), emulated()
    other.client("s3").create_bucket(Bucket=aws.environment.state_bucket)
    assert aws_checks.state_bucket(aws).status == "missing"


def test_containers_balancers_and_quotas_are_looked_at(moto: str, tmp_path: Path) -> None:
    file = tmp_path / "blue.tfvars"
    file.write_text('environment = "blue"\navailability_zones = ["eu-south-1a"]\n')
    environment = Environment("blue", "123456789012", "eu-south-1", "X86_64", file)
    aws = Aws(environment, moto, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    assert aws_checks.containers(aws).found == "no cluster storyizer-blue yet"
    assert aws_checks.balancers(aws).found == "no load balancer storyizer-blue yet"
    well = aws_checks.fitting_quotas(aws)
    assert well.status == "ok" and "not known: vCPUs on Fargate" in well.found
    aws.client("ecs").create_cluster(clusterName="storyizer-blue")
    assert aws_checks.containers(aws).found == "cluster storyizer-blue: 0 tasks"
    made = [aws.client("ec2").create_vpc(CidrBlock=f"10.{at}.0.0/16")["Vpc"]["VpcId"] for at in range(4)]
    try:
        full = aws_checks.fitting_quotas(aws)
        assert full.status == "missing"
        assert full.found.startswith("VPCs: 5 there, 1 more are needed")
        assert "L-F678F1CE" in full.action
    finally:
        for vpc in made:
            aws.client("ec2").delete_vpc(VpcId=vpc)
        aws.client("ecs").delete_cluster(cluster="storyizer-blue")


def test_an_aws_environment_is_not_asked_for_what_the_emulated_one_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(environment: str) -> set[str]:
        asked: list[str] = []
        real = process.run

        def run(command: Any, **more: Any) -> Any:
            asked.append(" ".join(map(str, command)))
            return real(command, **more)

        monkeypatch.setattr(process, "run", run)
        monkeypatch.setattr(aws_checks, "looks", lambda environment: [])
        found = {check.name for check in machine_checks.checks(environments.load(environment))}
        monkeypatch.undo()
        assert any("ministack" in line for line in asked) is (environment == "local")
        return found

    assert names("local") - names("staging") == {"system", "ports", "memory"}
