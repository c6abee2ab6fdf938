"""What identities may do, and credentials: true cases, harmless neighbours that stay silent, what is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.iam.document import parse
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts.iam import policy_changes, policy_types
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.access import BUCKET, QUEUE, found, of, policy
from tests.review.plans import ACCOUNT, STRANGER, allow, change, deny, document, findings

# What identities may do


def test_a_new_policy_with_least_privilege_is_no_finding() -> None:
    text = document(
        allow(["s3:GetObject", "s3:PutObject"], BUCKET),
        allow("sqs:SendMessage", QUEUE),
        allow(["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "ec2:Describe*", "xray:Put*", "ssmmessages:*"]),
        allow("ecs:ListTasks"),
    )
    assert of(policy(None, text)) == []


def test_a_new_action_on_an_existing_policy_is_told_precisely() -> None:
    before, after = (
        document(allow("s3:GetObject", BUCKET)),
        document(allow(["s3:GetObject", "s3:DeleteObject"], BUCKET)),
    )
    (one,) = found(policy(before, after))
    assert (str(one.severity), one.rule, one.path) == ("medium", "iam-access-widened", ("policy",))
    assert "s3:DeleteObject on arn:aws:s3:::reports/*" in one.reason and "GetObject" not in one.reason


def test_the_same_rights_in_other_words_are_no_finding() -> None:
    before = document(allow(["s3:GetObject", "s3:PutObject"], BUCKET))
    after = document(allow("S3:PutObject", [BUCKET]), allow("s3:getObject", BUCKET, Sid="Read"))
    assert of(policy(before, json.dumps(json.loads(after), indent=4))) == []


def test_fewer_rights_are_no_finding() -> None:
    assert of(policy(document(allow("s3:*")), document(allow("s3:GetObject", BUCKET)))) == []
    assert of(policy(document(allow("s3:*")), None)) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("*"), ["critical iam-admin"]),
        (allow("*", "arn:aws:*:*:*:*"), ["critical iam-admin"]),
        (allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), ["critical iam-admin"]),
        (allow("iam:*"), ["critical iam-admin"]),
        (allow("i*"), ["critical iam-admin"]),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, ["high iam-admin"]),
        ({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}, ["critical iam-admin"]),
        (allow("iam:PassRole"), ["high iam-admin"]),
        (allow(["iam:CreatePolicyVersion", "s3:GetObject"]), ["high iam-admin", "medium iam-access-widened"]),
        (allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/task"), []),
        (allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}), []),
        (allow("*", QUEUE), ["low iam-access-widened"]),
        (allow("s3:*"), ["high iam-access-widened"]),
        (allow("s3:*", "arn:aws:s3:::*"), ["high iam-access-widened"]),
        (allow("sqs:SendMessage"), ["medium iam-access-widened"]),
        (allow("s3:GetObject"), ["medium iam-access-widened"]),
        (allow("ec2:*", Condition={"StringEquals": {"aws:ResourceTag/team": "web"}}), []),
    ],
)
def test_a_new_policy_is_weighed_by_its_power(statement: dict[str, Any], expected: list[str]) -> None:
    assert of(policy(None, document(statement))) == expected


def test_power_that_was_there_before_is_not_told_again() -> None:
    before = document(allow("*"))
    assert of(policy(before, document(allow("*"), allow("s3:GetObject", BUCKET)))) == []


def test_a_deny_taken_away_is_high() -> None:
    before = document(allow("dynamodb:*"), deny("dynamodb:DeleteTable"))
    (one,) = found(policy(before, document(allow("dynamodb:*"))))
    assert str(one.severity) == "high" and "dynamodb:DeleteTable on * (no longer denied)" in one.reason


def test_a_deny_goes_with_its_policy_but_not_if_the_role_goes_too() -> None:
    guard = policy(document(deny("s3:Delete*")), None, "aws_iam_role_policy", role="worker")
    assert of(guard) == ["high iam-access-widened"]
    gone = change("aws_iam_role.worker", {"name": "worker", "id": "worker"}, None)
    assert of(guard, gone) == []


def test_statements_that_move_to_another_policy_of_the_same_role_widen_nothing() -> None:
    text = document(allow("s3:*"))
    old = change("aws_iam_role_policy.old", {"role": "worker", "policy": text}, None)
    new = change("aws_iam_role_policy.new", None, {"role": "worker", "policy": text})
    other = change("aws_iam_role_policy.new", None, {"role": "another", "policy": text})
    assert of(old, new) == []
    assert of(old, other) == ["high iam-access-widened"]


def test_inline_policies_of_a_role_are_compared_too() -> None:
    blocks = [[{"name": "a", "policy": document(allow("s3:GetObject", BUCKET))}]]
    blocks.append([*blocks[0], {"name": "b", "policy": document(allow("sqs:*", QUEUE))}])
    values = [{"assume_role_policy": "", "inline_policy": inline} for inline in blocks]
    assert of(change("aws_iam_role.r", *values)) == ["medium iam-access-widened"]
    assert of(change("aws_iam_role.r", values[1], values[0])) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AdministratorAccess", ["critical iam-admin"]),
        ("IAMFullAccess", ["critical iam-admin"]),
        ("PowerUserAccess", ["high iam-access-widened"]),
        ("AmazonS3FullAccess", ["medium iam-access-widened"]),
        ("service-role/AmazonECSTaskExecutionRolePolicy", []),
        ("ReadOnlyAccess", []),
    ],
)
def test_aws_managed_policies_are_known_by_name(name: str, expected: list[str]) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    assert of(change("aws_iam_role_policy_attachment.a", None, {"role": "r", "policy_arn": arn})) == expected
    before = {"assume_role_policy": "", "managed_policy_arns": []}
    assert of(change("aws_iam_role.r", before, {**before, "managed_policy_arns": [arn]})) == expected


def test_an_attachment_that_stays_or_goes_is_no_finding() -> None:
    values = {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert of(change("aws_iam_role_policy_attachment.a", values, None)) == []
    assert of(change("aws_iam_policy_attachment.a", values, {**values, "users": ["x"]})) == []


def test_a_permissions_boundary_taken_away_is_high() -> None:
    boundary = {"assume_role_policy": "", "permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/b"}
    without = {"assume_role_policy": "", "permissions_boundary": None}
    assert of(change("aws_iam_role.r", boundary, without)) == ["high iam-access-widened"]
    assert of(change("aws_iam_role.r", without, boundary)) == []
    assert of(change("aws_iam_role.r", boundary, without, unknown={"permissions_boundary": True})) == []


def test_what_is_unknown_malformed_or_sensitive_raises_nothing_and_is_not_guessed_at() -> None:
    before = document(allow("s3:GetObject", BUCKET))
    assert of(change("aws_iam_policy.p", {"policy": before}, {}, unknown={"policy": True})) == []
    assert of(change("aws_iam_policy.p", {"policy": before}, {"policy": "{"})) == []
    hidden = change("aws_iam_policy.p", {"policy": before}, {"policy": "x"}, sensitive={"policy": True})
    assert of(hidden) == []


# Credentials


def test_a_key_that_does_not_expire_is_medium() -> None:
    assert of(change("aws_iam_access_key.k", None, {"user": "ci"})) == ["medium long-lived-credential"]
    assert of(change("aws_iam_access_key.k", {"user": "ci"}, None)) == []


def test_a_weaker_password_policy_is_medium() -> None:
    strict = {"minimum_password_length": 14, "require_symbols": True}
    assert of(change("aws_iam_account_password_policy.p", strict, {**strict, "minimum_password_length": 8})) == [
        "medium password-policy-weakened"
    ]
    assert of(change("aws_iam_account_password_policy.p", strict, {**strict, "minimum_password_length": 20})) == []


def test_a_grant_of_a_key_to_another_account_is_high() -> None:
    own = {"grantee_principal": f"arn:aws:iam::{ACCOUNT}:role/web", "operations": ["Decrypt"]}
    assert of(change("aws_kms_grant.g", None, own)) == []
    stranger = {**own, "grantee_principal": f"arn:aws:iam::{STRANGER}:root"}
    assert of(change("aws_kms_grant.g", None, stranger)) == ["high key-granted"]


def test_a_policy_that_is_put_on_another_role_is_new_there() -> None:
    before = {"role": "a", "policy": document(allow("*"))}
    assert of(change("aws_iam_role_policy.p", before, {**before, "role": "b"}, replaced=True)) == ["critical iam-admin"]
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    attached = {"role": "a", "policy_arn": arn}
    given = change("aws_iam_role_policy_attachment.a", attached, {**attached, "role": "b"}, replaced=True)
    assert of(given) == ["critical iam-admin"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/*"), ["high iam-admin"]),
        (allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*"), ["medium iam-access-widened"]),
        (allow("dynamodb:PutItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders*"), []),
        (allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:*"), []),
    ],
)
def test_all_of_a_kind_is_as_good_as_everything(statement: dict[str, Any], expected: list[str]) -> None:
    assert of(policy(None, document(statement))) == expected


def test_of_many_actions_only_the_first_are_written_out() -> None:
    text = document(allow([f"sqs:Action{number:02}" for number in range(40)], QUEUE))
    (one,) = found(policy(document(allow("sqs:SendMessage", QUEUE)), text))
    assert "sqs:Action11 and 28 more on" in one.reason


@pytest.mark.parametrize(
    ("address", "opened", "shut", "expected"),
    [
        (
            "google_storage_bucket_iam_member.m",
            {"member": "allUsers"},
            {"member": "user:a@b.c"},
            "critical resource-public",
        ),
        (
            "google_storage_bucket_iam_binding.m",
            {"members": ["user:a@b.c", "allAuthenticatedUsers"]},
            {"members": ["user:a@b.c"]},
            "critical resource-public",
        ),
        ("google_project_iam_member.m", {"role": "roles/owner"}, {"role": "roles/viewer"}, "critical iam-admin"),
        (
            "azurerm_role_assignment.m",
            {"role_definition_name": "Owner"},
            {"role_definition_name": "Reader"},
            "high iam-admin",
        ),
        (
            "kubernetes_cluster_role_binding.m",
            {"role_ref": [{"name": "cluster-admin"}]},
            {"role_ref": [{"name": "view"}]},
            "high iam-admin",
        ),
    ],
)
def test_other_clouds_are_read_where_one_attribute_decides(
    address: str, opened: dict[str, Any], shut: dict[str, Any], expected: str
) -> None:
    assert of(change(address, None, opened)) == [expected]
    assert of(change(address, shut, opened)) == [expected]
    assert of(change(address, opened, shut)) == []
    assert of(change(address, None, shut)) == []


WORDS = """
    access_control_policy account_id acl allow assume_role_policy block_public_acls cidr_blocks egress environment
    from_port grant id ingress managed_policy_arns minimum_password_length network_configuration principal protocol
    route shared_accounts source_ranges user_data vpc_config
"""
ATTRIBUTES = sorted(
    {*WORDS.split(), *policy_types.IDENTITY.values(), *policy_types.RESOURCE.values(), *policy_types.NAMES}
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([UNKNOWN, Sensitive("s"), "", "{}", "[1]", "x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["policy", "Statement", "rule", "grant", "route", "name"]), inner, max_size=2)
    ),
    max_leaves=6,
)
VALUES = st.none() | st.dictionaries(st.sampled_from(ATTRIBUTES), ODD, max_size=5)
MINE = (*group("access"), *group("network"), *group("secrets"))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(set().union(*(rule.types for rule in MINE)))), VALUES, VALUES)
def test_whatever_stands_in_a_resource_no_rule_raises(kind: str, before: Any, after: Any) -> None:
    actions = {(True, False): Action.CREATE, (False, True): Action.DELETE}
    action = actions.get((before is None, after is None), Action.UPDATE)
    resource = Resource(f"{kind}.x", "", kind, "x", "aws", action, before, after)
    findings(MINE, Plan(resources=(resource,)))


def test_each_policy_of_a_role_with_very_many_is_read_no_more_often_than_if_it_were_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[Any] = []

    def counting(value: Any, known: Any = None) -> Any:
        if value is not None:
            read.append(value)
        return parse(value, known)

    monkeypatch.setattr(policy_changes, "parse", counting)
    policies = [
        change(
            f'aws_iam_role_policy.p["{number}"]',
            None,
            {"name": f"{number}", "role": "worker", "policy": document(allow("*", f"arn:aws:sqs:::{number}"))},
        )
        for number in range(100)
    ]
    assert len(found(*policies)) == 100
    assert len(read) <= 2 * len(policies)
