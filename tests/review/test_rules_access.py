"""Who may do what: each rule's true case, the harmless neighbour that stays silent, and what is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Action, Finding, Plan, Resource
from orchestrator.review.rules.facts.iam import policy_types
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.plans import ACCOUNT, STRANGER, allow, change, deny, document, findings, known_account, plan, said

RULES = tuple(rule for rule in group("access") if rule.id != NOT_JUDGEABLE)

QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"
BUCKET = "arn:aws:s3:::reports/*"
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
AUD = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}


def of(*changes: dict[str, Any]) -> list[str]:
    return said(RULES, known_account(), *changes)


def found(*changes: dict[str, Any]) -> list[Finding]:
    return findings(RULES, plan(known_account(), *changes))


def policy(before: str | None, after: str | None, kind: str = "aws_iam_policy", **more: Any) -> dict[str, Any]:
    values = [None if text is None else {"policy": text, **more} for text in (before, after)]
    return change(f"{kind}.p", *values)


def role(before: str | None, after: str | None, **more: Any) -> dict[str, Any]:
    values = [None if text is None else {"name": "r", "assume_role_policy": text, **more} for text in (before, after)]
    return change("aws_iam_role.r", *values)


def trust(principal: Any, **more: Any) -> str:
    web = isinstance(principal, dict) and "Federated" in principal
    action = "sts:AssumeRoleWithWebIdentity" if web else "sts:AssumeRole"
    return document({"Effect": "Allow", "Action": action, "Principal": principal, **more})


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


# Who may be a role


def test_a_new_role_for_a_service_or_for_the_own_account_is_no_finding() -> None:
    assert of(role(None, trust({"Service": "ecs-tasks.amazonaws.com"}))) == []
    assert of(role(None, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/ci"}))) == []


@pytest.mark.parametrize("before", [None, trust({"Service": "ec2.amazonaws.com"})])
def test_a_role_that_everybody_can_take_is_critical(before: str | None) -> None:
    assert of(role(before, trust("*"))) == ["critical trust-widened"]
    assert of(role(before, trust({"AWS": "*"}))) == ["critical trust-widened"]


@pytest.mark.parametrize("before", [None, trust({"Service": "ec2.amazonaws.com"})])
def test_another_account_is_high_and_with_an_external_id_medium(before: str | None) -> None:
    stranger = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    assert of(role(before, trust(stranger))) == ["high trust-widened"]
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    assert of(role(before, trust(stranger, Condition=condition))) == ["medium trust-widened"]


def test_an_account_of_which_nothing_tells_whose_it_is_is_worth_a_low_remark() -> None:
    assert said(RULES, role(None, trust({"AWS": STRANGER}))) == ["low trust-widened"]


def test_another_service_on_an_existing_role_is_medium() -> None:
    both = trust({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]})
    (one,) = found(role(trust({"Service": "ecs-tasks.amazonaws.com"}), both))
    assert str(one.severity) == "medium" and "lambda.amazonaws.com" in one.reason and "ecs-tasks" not in one.reason


def test_a_condition_taken_away_is_high() -> None:
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    before = trust(principal, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    assert of(role(before, trust(principal))) == ["high trust-widened"]
    assert of(role(trust(principal), before)) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {**AUD, "token.actions.githubusercontent.com:sub": "repo:me/x:ref:refs/heads/main"}}, []),
        ({"StringEquals": AUD}, ["critical trust-widened"]),
        ({}, ["critical trust-widened"]),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/x:*"}},
            ["medium trust-widened"],
        ),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/*"}},
            ["high trust-widened"],
        ),
        (
            {"StringEquals": AUD, "StringLike": {"token.actions.githubusercontent.com:sub": "*"}},
            ["critical trust-widened"],
        ),
        ({"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:me/x:ref:a"}}, ["low trust-widened"]),
    ],
)
def test_a_role_for_github_is_judged_by_its_subject(condition: dict[str, Any], expected: list[str]) -> None:
    assert of(role(None, trust({"Federated": GITHUB}, Condition=condition))) == expected


def test_a_role_for_pods_or_for_cognito_is_no_finding_and_one_for_a_whole_cluster_is() -> None:
    host = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"}
    exact = {"StringEquals": {f"{host}:sub": "system:serviceaccount:web:api", f"{host}:aud": "sts.amazonaws.com"}}
    assert of(role(None, trust(provider, Condition=exact))) == []
    assert of(role(None, trust(provider, Condition={"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}}))) == [
        "high trust-widened"
    ]
    pool = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:x"}}
    assert of(role(None, trust({"Federated": "cognito-identity.amazonaws.com"}, Condition=pool))) == []


# Who may use a resource


def bucket(before: str | None, after: str | None) -> dict[str, Any]:
    return policy(before, after, "aws_s3_bucket_policy", bucket="reports")


TLS = deny("s3:*", BUCKET, Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
OWN = allow("s3:GetObject", BUCKET, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/web"})


@pytest.mark.parametrize("before", [None, document(TLS)])
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_a_policy_for_everyone_is_critical(before: str | None, principal: Any) -> None:
    assert of(bucket(before, document(TLS, allow("s3:GetObject", BUCKET, Principal=principal)))) == [
        "critical resource-public"
    ]


def test_everyone_but_some_is_everyone() -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": BUCKET, "NotPrincipal": {"AWS": STRANGER}}
    assert of(bucket(None, document(statement))) == ["critical resource-public"]


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "*"}}, True),
    ],
)
def test_only_a_condition_on_who_asks_makes_a_star_less_than_everyone(condition: dict[str, Any], public: bool) -> None:
    text = document(allow("s3:GetObject", BUCKET, Principal="*", Condition=condition))
    assert of(bucket(None, text)) == (["critical resource-public"] if public else [])


def test_a_new_policy_for_the_own_account_is_no_finding_and_for_another_one_high() -> None:
    assert of(bucket(None, document(TLS, OWN))) == []
    text = document(allow("s3:GetObject", BUCKET, Principal={"AWS": STRANGER}))
    (one,) = found(bucket(None, text))
    assert (str(one.severity), one.rule) == ("high", "resource-policy-widened") and STRANGER in one.reason


def test_the_usual_policy_of_a_new_key_is_no_finding_whatever_account_it_is_in() -> None:
    text = document(
        allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow("kms:Decrypt", Principal={"Service": "logs.eu-west-1.amazonaws.com"}),
    )
    assert of(policy(None, text, "aws_kms_key")) == []
    assert said(RULES, policy(None, text, "aws_kms_key")) == []


def test_the_deny_of_requests_without_tls_taken_away_is_high() -> None:
    (one,) = found(bucket(document(TLS, OWN), document(OWN)))
    assert (str(one.severity), one.rule) == ("high", "resource-policy-widened") and "without TLS" in one.reason
    assert of(bucket(document(TLS), None)) == ["high resource-policy-widened"]


def test_a_policy_that_goes_with_its_bucket_is_no_finding() -> None:
    gone = change("aws_s3_bucket.b", {"id": "reports", "bucket": "reports"}, None)
    assert of(bucket(document(TLS, OWN), None), gone) == []


def test_more_actions_for_the_own_account_are_medium_and_the_same_in_another_order_nothing() -> None:
    more = allow(["s3:PutObject", "s3:GetObject"], BUCKET, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/web"})
    assert of(bucket(document(TLS, OWN), document(more, TLS))) == ["medium resource-policy-widened"]
    assert of(bucket(document(TLS, OWN), document(OWN, TLS))) == []


def test_a_policy_that_moves_into_a_resource_of_its_own_widens_nothing() -> None:
    text = document(OWN, allow("s3:ListBucket", "arn:aws:s3:::reports", Principal={"AWS": STRANGER}))
    inline = change("aws_s3_bucket_policy.old", {"bucket": "reports", "policy": text}, None)
    assert of(inline, change("aws_s3_bucket_policy.new", None, {"bucket": "reports", "policy": text})) == []


def test_the_usual_policy_of_an_endpoint_is_not_public() -> None:
    assert of(policy(None, document(allow("*", Principal="*")), "aws_vpc_endpoint")) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"principal": "*"}, ["critical resource-public"]),
        ({"principal": "*", "principal_org_id": "o-1"}, []),
        ({"principal": "*", "function_url_auth_type": "AWS_IAM"}, []),
        ({"principal": "*", "function_url_auth_type": "NONE"}, ["critical resource-public"]),
        ({"principal": STRANGER}, ["high resource-policy-widened"]),
        ({"principal": "s3.amazonaws.com"}, ["medium resource-policy-widened"]),
        ({"principal": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::reports"}, []),
    ],
)
def test_who_may_invoke_a_function(values: dict[str, Any], expected: list[str]) -> None:
    assert of(change("aws_lambda_permission.p", None, values)) == expected


def test_a_function_whose_caller_is_known_after_apply_is_not_open() -> None:
    given = change("aws_lambda_permission.p", None, {"principal": "s3.amazonaws.com"}, unknown={"source_arn": True})
    assert of(given) == []


def test_a_function_url_without_authorization_is_high() -> None:
    closed, opened = {"authorization_type": "AWS_IAM"}, {"authorization_type": "NONE"}
    assert of(change("aws_lambda_function_url.u", closed, opened)) == ["high resource-public"]
    assert of(change("aws_lambda_function_url.u", None, opened)) == ["high resource-public"]
    assert of(change("aws_lambda_function_url.u", opened, {**opened, "qualifier": "live"})) == []
    assert of(change("aws_lambda_function_url.u", None, closed)) == []


def test_an_api_without_authorization_is_medium_but_not_its_preflight() -> None:
    get = {"http_method": "GET", "authorization": "NONE", "api_key_required": False}
    assert of(change("aws_api_gateway_method.m", None, get)) == ["medium resource-public"]
    assert of(change("aws_api_gateway_method.m", None, {**get, "http_method": "OPTIONS"})) == []
    assert of(change("aws_api_gateway_method.m", None, {**get, "authorization": "AWS_IAM"})) == []


def test_what_keeps_a_bucket_private_switched_off_or_taken_away_is_high() -> None:
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    on = {"bucket": "reports", **dict.fromkeys(flags, True)}
    block = "aws_s3_bucket_public_access_block.b"
    (one,) = found(change(block, on, {**on, "block_public_policy": False}))
    assert (str(one.severity), one.rule, one.path) == ("high", "resource-public", ("block_public_policy",))
    assert of(change(block, on, None)) == ["high resource-public"]
    assert of(change(block, on, None), change("aws_s3_bucket.b", {"id": "reports", "bucket": "reports"}, None)) == []
    assert of(change(block, None, on)) == []
    assert of(change(block, {**on, "block_public_acls": False}, on)) == []


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


def test_the_account_from_which_aws_delivers_access_logs_is_no_stranger() -> None:
    text = document(allow("s3:PutObject", "arn:aws:s3:::logs/*", Principal={"AWS": "arn:aws:iam::156460612806:root"}))
    assert of(bucket(None, text)) == []


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


def test_a_policy_of_a_bucket_that_gets_another_name_is_a_new_one() -> None:
    def values(name: str) -> dict[str, Any]:
        tls = {**TLS, "Resource": f"arn:aws:s3:::{name}/*"}
        return {"bucket": name, "policy": document(tls, {**OWN, "Resource": f"arn:aws:s3:::{name}/*"})}

    assert of(change("aws_s3_bucket_policy.p", values("old"), values("new"), replaced=True)) == []


SENDER = {"Principal": {"Service": "s3.amazonaws.com"}}
LIMIT = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({**SENDER, **LIMIT}, SENDER, ["high resource-policy-widened"]),
        (SENDER, {**SENDER, **LIMIT}, []),
        (None, SENDER, []),
        ({**SENDER, **LIMIT}, {**SENDER, **LIMIT}, []),
    ],
)
def test_a_service_that_may_act_for_anybody_from_now_on_is_told(
    before: dict[str, Any] | None, after: dict[str, Any], expected: list[str]
) -> None:
    def queue(more: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if more is None else {"queue_url": "q", "policy": document(allow("sqs:SendMessage", QUEUE, **more))}

    told = found(change("aws_sqs_queue_policy.in", queue(before), queue(after)))
    assert [f"{one.severity} {one.rule}" for one in told] == expected
    assert all("any account will do" in one.reason for one in told)
