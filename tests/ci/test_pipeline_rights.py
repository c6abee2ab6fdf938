"""The pipeline's roles may do what an environment's Terraform does, all of it, and to no other environment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestrator.project.schema.storage import READ, WRITE
from orchestrator.system import paths
from tests.ci.pipeline_account import APPLY, PLAN, boundary, policies
from tests.ci.policies import allowed, texts
from tests.ci.resource_rights import DATA, RESOURCES
from tests.ci.rights_contexts import may
from tests.ci.verify_reads import BESIDE, READS

# Neither the resource nor a condition can say whose it is; each has its reason where it is allowed.
WITHOUT_OWNER = {"ecs:DeregisterTaskDefinition", "ssm:DeleteActivation"}
# A VPC's own security group has no tag before it is emptied; one with tags is left alone.
OF_THE_DEFAULT_GROUP = {"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"}
# Of the whole project: every environment uses them.
SHARED = {"aws_ecr_lifecycle_policy", "aws_ecr_repository"}
# Removed by a person.
KEPT = {
    "aws_dynamodb_table": "dynamodb:DeleteTable", "aws_ecr_repository": "ecr:DeleteRepository",
    "aws_kms_key": "kms:ScheduleKeyDeletion", "aws_s3_bucket": "s3:DeleteObject",
    "aws_ecs_cluster": "ecs:DeleteCluster",
}  # fmt: skip
_BLOCK = re.compile(r'^(resource|data) "(aws_[a-z0-9_]+)"', re.MULTILINE)
_ACTION = re.compile(r'"([a-z0-9-]+:[A-Z][A-Za-z]+)"')
_NO_ACTIONS = {
    "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "ecs:CreateAction", "elasticfilesystem:AccessPointArn",
    "iam:PassedToService", "kms:ViaService",
}  # fmt: skip


def blocks(kind: str) -> set[str]:
    """The types of resources or data that an environment and its repositories can hold."""
    folders = [paths.TERRAFORM / "environment", paths.TERRAFORM / "registry", *(paths.TERRAFORM / "modules").iterdir()]
    texts = [file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("*.tf")]
    return {name for text in texts for found, name in _BLOCK.findall(text) if found == kind}


@pytest.fixture(scope="module")
def planning(pipeline_aws: str, pipeline: object) -> list[dict[str, Any]]:
    """The statements of the role that plans."""
    return policies(pipeline_aws, PLAN)


@pytest.fixture(scope="module")
def applying(pipeline_aws: str, pipeline: object) -> list[dict[str, Any]]:
    """The statements of the role that applies to staging."""
    return policies(pipeline_aws, APPLY)


def test_every_type_of_resource_says_which_rights_it_needs() -> None:
    assert blocks("resource") == set(RESOURCES)
    assert blocks("data") == set(DATA)


@pytest.mark.parametrize("name", [*RESOURCES, *DATA])
def test_every_plan_may_read_what_it_plans(planning: list[dict[str, Any]], name: str) -> None:
    wanted = {**RESOURCES, **DATA}[name]
    assert [action for action in wanted.reads if not may(planning, action, wanted.arn)] == []


@pytest.mark.parametrize("name", [*RESOURCES, *DATA])
def test_an_apply_may_read_make_change_and_remove_it(applying: list[dict[str, Any]], name: str) -> None:
    wanted = {**RESOURCES, **DATA}[name]
    actions = {*wanted.reads, *wanted.writes} - set(KEPT.values())
    assert sorted(action for action in actions if not may(applying, action, wanted.arn)) == []


@pytest.mark.parametrize("name", sorted(RESOURCES.keys() - SHARED - {"aws_route53_record"}))
def test_an_apply_changes_nothing_of_another_environment(applying: list[dict[str, Any]], name: str) -> None:
    wanted = RESOURCES[name]
    actions = {*wanted.writes, *KEPT.values()} - WITHOUT_OWNER - OF_THE_DEFAULT_GROUP
    assert sorted(action for action in actions if may(applying, action, wanted.arn, "production")) == []


@pytest.mark.parametrize("action", sorted(OF_THE_DEFAULT_GROUP))
def test_a_security_group_of_another_environment_is_not_emptied(applying: list[dict[str, Any]], action: str) -> None:
    group = "arn:aws:ec2:us-east-1:111111111111:security-group/sg-1"
    theirs = {"aws:ResourceTag/Project": "storyizer", "aws:ResourceTag/Environment": "production"}
    assert not allowed(applying, action, group, theirs)
    assert allowed(applying, action, group, {})


@pytest.mark.parametrize("name", RESOURCES)
def test_a_plan_changes_nothing(planning: list[dict[str, Any]], name: str) -> None:
    wanted = RESOURCES[name]
    writes = set(wanted.writes) - set(wanted.reads)
    assert sorted(action for action in writes if may(planning, action, wanted.arn)) == []


@pytest.mark.parametrize("name", KEPT)
def test_an_apply_does_not_delete_what_data_is_in(applying: list[dict[str, Any]], name: str) -> None:
    arn = RESOURCES[name].arn
    assert not may(applying, KEPT[name], f"{arn}/stories/1.json" if name == "aws_s3_bucket" else arn)


def test_an_apply_runs_and_stops_tasks_of_its_environment_alone(applying: list[dict[str, Any]]) -> None:
    start = "arn:aws:ecs:us-east-1:111111111111:"
    for environment, is_own in (("staging", True), ("production", False)):
        assert may(applying, "ecs:RunTask", f"{start}task-definition/PREFIX-words-run:1", environment) is is_own
        assert may(applying, "ecs:StopTask", f"{start}task/PREFIX/0123", environment) is is_own


@pytest.mark.parametrize("service", ["ecs-tasks", "vpc-flow-logs", "states", "scheduler", "ec2", "ssm"])
def test_a_role_is_passed_to_the_services_that_take_one(applying: list[dict[str, Any]], service: str) -> None:
    role = "arn:aws:iam::111111111111:role/storyizer-staging-words-task"
    assert allowed(applying, "iam:PassRole", role, {"iam:PassedToService": f"{service}.amazonaws.com"})
    assert not allowed(applying, "iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"})


def test_who_plans_and_who_applies_sees_where_secrets_are_and_reads_none(
    planning: list[dict[str, Any]], applying: list[dict[str, Any]]
) -> None:
    secret = "arn:aws:secretsmanager:us-east-1:111111111111:secret:prod/db-AbCdEf"
    parameter = "arn:aws:ssm:us-east-1:111111111111:parameter/storyizer/api-key"
    key = "arn:aws:kms:us-east-1:111111111111:key/0123"
    for statements in (planning, applying):
        assert allowed(statements, "secretsmanager:DescribeSecret", secret, {})
        assert allowed(statements, "ssm:DescribeParameters", "*", {})
        assert allowed(statements, "kms:DescribeKey", key, {})
        for action, arn in (
            ("secretsmanager:GetSecretValue", secret),
            ("ssm:GetParameter", parameter),
            ("ssm:GetParameters", parameter),
            ("ssm:GetParametersByPath", parameter),
            ("kms:Decrypt", key),
        ):
            assert not allowed(statements, action, arn, {}), action


def test_who_plans_and_who_applies_may_read_all_that_verify_reads(
    planning: list[dict[str, Any]], applying: list[dict[str, Any]]
) -> None:
    wanted = {(action, arn) for action, arns in READS.values() for arn in arns} | set(BESIDE.items())
    for statements in (planning, applying):
        assert sorted(action for action, arn in wanted if not may(statements, action, arn)) == []


def test_the_boundary_has_every_action_of_the_roles_that_an_apply_makes(pipeline_aws: str, pipeline: object) -> None:
    statements = boundary(pipeline_aws)
    files = [file.read_text(encoding="utf-8") for file in (paths.TERRAFORM / "modules").glob("*/*.tf")]
    named = {action for text in files for action in _ACTION.findall(text)} - _NO_ACTIONS - {"sts:AssumeRole"}
    named |= {f"dynamodb:{action}" for action in (*READ, *WRITE)}
    known = [known for statement in statements for known in texts(statement["Action"])]
    missing = [
        action for action in sorted(named)
        if not allowed([{"Effect": "Allow", "Action": known, "Resource": "*"}], action, "*", {})
    ]  # fmt: skip
    assert len(named) > 40
    assert missing == []


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:222222222222:secret:prod/db-AbCdEf"),
        ("ssm:GetParameters", "arn:aws:ssm:us-east-1:111111111111:parameter/storyizer/api-key"),
        ("sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:111111111111:storyizer-staging-mail"),
        ("s3:PutObject", "arn:aws:s3:::storyizer-staging-uploads-111111111111/a/b"),
        ("states:StartExecution", "arn:aws:states:us-east-1:111111111111:stateMachine:storyizer-staging-report"),
        ("ecs:RunTask", "arn:aws:ecs:us-east-1:111111111111:task-definition/storyizer-staging-report:3"),
        ("ecs:Poll", "arn:aws:ecs:us-east-1:111111111111:container-instance/storyizer-staging/0123"),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:111111111111:log-group:/ecs/storyizer-staging/words:*"),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:111111111111:log-group:/vpc/storyizer-staging:*"),
    ],
)
def test_the_boundary_lets_tasks_jobs_and_instances_do_their_work(
    pipeline_aws: str, pipeline: object, action: str, arn: str
) -> None:
    assert allowed(boundary(pipeline_aws), action, arn, {})


@pytest.mark.parametrize("service", ["dynamodb", "s3", "sqs", "secretsmanager", "ssm"])
def test_the_boundary_lets_a_key_be_used_through_the_services_that_encrypt(
    pipeline_aws: str, pipeline: object, service: str
) -> None:
    key = "arn:aws:kms:us-east-1:111111111111:key/0123"
    statements = boundary(pipeline_aws)
    assert allowed(statements, "kms:Decrypt", key, {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"})
    assert not allowed(statements, "kms:Decrypt", key, {})
