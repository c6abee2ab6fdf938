"""Who may use a resource: its policy, and what is open to everybody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.review.access import BUCKET, QUEUE, RULES, found, of, policy
from tests.review.plans import ACCOUNT, STRANGER, allow, change, deny, document, said


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


def test_the_account_from_which_aws_delivers_access_logs_is_no_stranger() -> None:
    text = document(allow("s3:PutObject", "arn:aws:s3:::logs/*", Principal={"AWS": "arn:aws:iam::156460612806:root"}))
    assert of(bucket(None, text)) == []


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
