"""Logins, isolation of containers and servers, and policies that lock out those who would have to repair them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.review.rules.facts.iam.managed_policies import ATTACHMENTS
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import group
from tests.review.changes import replaced
from tests.review.plans import ACCOUNT, allow, change, deny, document, findings, known_account, plan, said

RULES = tuple(rule for rule in group("access") if rule.id != NOT_JUDGEABLE)

Values = dict[str, Any]
LOGIN = {"type": "authenticate-oidc", "order": 1}
FORWARD = {"type": "forward", "order": 2}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_lb_listener", {"default_action": [LOGIN, FORWARD]}, {"default_action": [FORWARD]}),
        ("aws_alb_listener_rule", {"action": [LOGIN, FORWARD]}, {"action": [FORWARD]}),
        ("aws_msk_cluster", {"client_authentication": [{"unauthenticated": False}]},
         {"client_authentication": [{"unauthenticated": True}]}),
        ("aws_cloudfront_distribution", {"default_cache_behavior": [{"trusted_key_groups": ["k"]}]},
         {"default_cache_behavior": [{"trusted_key_groups": []}]}),
        ("aws_cognito_user_pool", {"mfa_configuration": "ON"}, {"mfa_configuration": "OFF"}),
        ("aws_opensearch_domain", {"advanced_security_options": [{"enabled": True}]},
         {"advanced_security_options": [{"enabled": False}]}),
    ],
)  # fmt: skip
def test_a_login_that_is_no_longer_asked_for_is_told(type_: str, before: Values, after: Values) -> None:
    assert said(RULES, change(f"{type_}.this", before, after)) == ["high authentication-off"]


@pytest.mark.parametrize(
    "after", [[LOGIN, FORWARD | {"target_group_arn": "arn:b"}], [{"type": "fixed-response"}], [{"type": "redirect"}]]
)
def test_a_listener_that_still_lets_nobody_through_unknown_is_not(after: list[Values]) -> None:
    assert (
        said(RULES, change("aws_lb_listener.l", {"default_action": [LOGIN, FORWARD]}, {"default_action": after})) == []
    )


def _task(**container: Any) -> Values:
    return {"family": "t", "container_definitions": json.dumps([{"name": "app", "image": "app:1", **container}])}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (_task(), _task(privileged=True), ["high isolation-weakened"]),
        (_task(), _task(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}}), ["high isolation-weakened"]),
        (_task(readonlyRootFilesystem=True), _task(), ["medium isolation-weakened"]),
        (_task(user="1000"), _task(user="root"), ["medium isolation-weakened"]),
        (_task(), _task() | {"pid_mode": "host"}, ["medium isolation-weakened"]),
        (_task(user="1000"), _task(user="2000"), []),
        (_task(privileged=True), _task(privileged=True, cpu=1), []),
        (_task(), _task(linuxParameters={"capabilities": {"add": ["NET_BIND_SERVICE"]}}), []),
    ],
)
def test_a_container_that_gets_power_over_its_server_is_told(before: Values, after: Values, wanted: list[str]) -> None:
    given = replaced("aws_ecs_task_definition.t", before, after, ["container_definitions"])
    assert said(RULES, given) == wanted


def test_a_new_task_without_special_rights_says_nothing_and_a_privileged_one_does() -> None:
    assert said(RULES, change("aws_ecs_task_definition.t", None, _task())) == []
    assert said(RULES, change("aws_ecs_task_definition.t", None, _task(privileged=True))) == ["high isolation-weakened"]


def test_credentials_of_a_server_without_a_token_are_told() -> None:
    before, after = ({"metadata_options": [{"http_tokens": tokens}]} for tokens in ("required", "optional"))
    assert said(RULES, change("aws_launch_template.t", before, after)) == ["medium isolation-weakened"]
    assert said(RULES, change("aws_launch_template.t", after, before)) == []


WITH_ROOT = document(allow("kms:*", Principal=ROOT))
WITHOUT_ROOT = document(allow("kms:Decrypt", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}))
TLS_ONLY = document(deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}))


@pytest.mark.parametrize(
    ("address", "before", "after", "wanted"),
    [
        ("aws_kms_key.k", WITH_ROOT, WITHOUT_ROOT, "medium locked-out"),
        ("aws_kms_key.k", None, WITHOUT_ROOT, "low locked-out"),
        ("aws_s3_bucket_policy.b", None, document(deny("s3:*", Principal="*")), "high locked-out"),
        ("aws_kms_key.k", WITH_ROOT, document(allow("kms:*", Principal=ROOT), deny("kms:*", Principal={"AWS": "*"})),
         "high locked-out"),
    ],
)  # fmt: skip
def test_a_policy_that_nobody_could_change_any_more_is_told(
    address: str, before: str | None, after: str, wanted: str
) -> None:
    old = None if before is None else {"policy": before, "bucket": "b"}
    found = said(RULES, known_account(), change(address, old, {"policy": after, "bucket": "b"}))
    assert [item for item in found if "locked-out" in item] == [wanted]


@pytest.mark.parametrize("policy", [TLS_ONLY, document(deny("s3:DeleteBucket", Principal="*"))])
def test_a_deny_that_leaves_a_way_back_is_not(policy: str) -> None:
    assert said(RULES, known_account(), change("aws_s3_bucket_policy.b", None, {"policy": policy, "bucket": "b"})) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    ],
)
def test_a_condition_that_everybody_meets_does_not_make_a_bucket_private(condition: Values) -> None:
    policy = document(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*", Condition=condition))
    found = said(RULES, known_account(), change("aws_s3_bucket_policy.b", None, {"policy": policy, "bucket": "b"}))
    assert found == ["critical resource-public"]


def test_a_cluster_gets_an_administrator() -> None:
    access = {"cluster_name": "c", "principal_arn": f"arn:aws:iam::{ACCOUNT}:role/dev",
              "policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"}  # fmt: skip
    given = change("aws_eks_access_policy_association.a", None, access)
    assert said(RULES, given) == ["high iam-admin"]
    assert said(RULES, given, change("aws_eks_cluster.c", None, {"name": "c"})) == ["low iam-admin"]
    assert "aws_eks_access_policy_association" not in ATTACHMENTS


def test_passing_any_role_is_not_said_to_be_enough_by_itself() -> None:
    policy = {"policy": document(allow("iam:PassRole"))}
    found = findings(RULES, plan(change("aws_iam_policy.p", None, policy)))
    assert "Whoever may also start something" in found[0].reason


def test_actions_that_nobody_minds_are_not_listed_beside_those_that_matter() -> None:
    policy = {"policy": document(allow(["logs:PutLogEvents", "ecr:BatchGetImage", "secretsmanager:GetSecretValue"]))}
    found = findings(RULES, plan(change("aws_iam_policy.p", None, policy)))
    assert [item.reason for item in found] == ["The policy allows secretsmanager:GetSecretValue on *."]


def test_an_execution_role_that_pulls_any_image_and_writes_logs_says_nothing() -> None:
    policy = {"policy": document(allow(["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "logs:PutLogEvents"]))}
    assert said(RULES, change("aws_iam_policy.p", None, policy)) == []


OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"
ATTACHED = change("aws_iam_role_policy_attachment.a", None, {"role": "deploy", "policy_arn": "arn:p"})
BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": "arn:b"}}


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        (allow("iam:PutRolePolicy", OWN_ROLE), ["critical iam-admin"]),
        (allow("iam:Attach*", f"arn:aws:iam::{ACCOUNT}:role/deploy"), ["critical iam-admin"]),
        (allow("iam:CreatePolicyVersion", "arn:p"), ["critical iam-admin"]),
        (allow("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/other"), ["high iam-access-widened"]),
        (allow("iam:PutRolePolicy", OWN_ROLE, Condition=BOUNDED), ["low iam-access-widened"]),
        (allow("iam:PassRole", OWN_ROLE), ["medium iam-access-widened"]),
    ],
)
def test_an_identity_that_may_change_its_own_rights_may_do_everything(statement: Values, wanted: list[str]) -> None:
    before = {"arn": "arn:p", "policy": document(allow("s3:GetObject", "arn:aws:s3:::b/*"))}
    changed = change("aws_iam_policy.p", before, before | {"policy": document(statement)})
    assert said(RULES, known_account(), changed, ATTACHED) == wanted


def test_an_inline_policy_tells_by_itself_whose_rights_it_changes() -> None:
    policy = {"role": "deploy", "policy": document(allow("iam:AttachRolePolicy", OWN_ROLE))}
    assert said(RULES, known_account(), change("aws_iam_role_policy.p", None, policy)) == ["critical iam-admin"]


def test_a_limit_that_is_taken_off_a_functions_permission_is_worse_than_one_that_never_was() -> None:
    open_ = {"function_name": "f", "principal": "s3.amazonaws.com"}
    limited = open_ | {"source_arn": "arn:aws:s3:::b", "source_account": ACCOUNT}
    address = "aws_lambda_permission.p"
    assert said(RULES, change(address, None, open_)) == ["medium resource-policy-widened"]
    assert said(RULES, change(address, limited, open_, replaced=True)) == ["high resource-policy-widened"]


API = "aws_api_gateway_rest_api.a"
FOR_ALL = allow("execute-api:Invoke", Principal="*")
OUTSIDE = {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
NOT_OUTSIDE = deny("execute-api:Invoke", Principal="*", Condition=OUTSIDE)


def _api(*statements: Values) -> Values:
    return {"name": "a", "policy": document(*statements)}


def test_what_a_deny_keeps_in_is_not_open_to_everybody_and_is_once_the_deny_goes() -> None:
    assert said(RULES, known_account(), change(API, None, _api(FOR_ALL, NOT_OUTSIDE))) == []
    assert said(RULES, known_account(), change(API, None, _api(FOR_ALL))) == ["critical resource-public"]
    opened = change(API, _api(FOR_ALL, NOT_OUTSIDE), _api(FOR_ALL))
    assert said(RULES, known_account(), opened)[0] == "critical resource-public"
    # A Deny that does not take in all of what is allowed keeps nothing in.
    other = deny("execute-api:ManageConnections", Principal="*", Condition=OUTSIDE)
    assert said(RULES, known_account(), change(API, None, _api(FOR_ALL, other))) == ["critical resource-public"]


def test_that_something_is_no_longer_denied_is_said_once() -> None:
    found = findings(RULES, plan(known_account(), change(API, _api(FOR_ALL, NOT_OUTSIDE), _api(FOR_ALL))))
    widened = next(item for item in found if item.rule == "resource-policy-widened")
    assert widened.reason.lower().count("no longer denied") == 1


def _pods(**pod: Any) -> Values:
    return {"spec": [{"template": [{"spec": [{"container": [{"name": "app", "image": "app:1"}], **pod}]}]}]}


PRIVILEGED = [{"name": "app", "image": "app:1", "security_context": [{"privileged": True}]}]


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (_pods(container=PRIVILEGED), ["high isolation-weakened"]),
        (_pods(host_network=True), ["medium isolation-weakened"]),
        (_pods(container=[{"name": "app", "image": "app:2"}]), []),
    ],
)
def test_a_pod_that_gets_power_over_its_node_is_told(after: Values, wanted: list[str]) -> None:
    assert said(RULES, change("kubernetes_deployment_v1.d", _pods(), after)) == wanted
