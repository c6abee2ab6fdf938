"""What decides on access and cannot be read in the plan is said, not passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review.model import Finding, Plan
from orchestrator.review.rules.access.not_judgeable import RULE
from orchestrator.review.values import UNKNOWN
from tests.review.plans import allow, change, document, findings, plan

TEXT = document(allow("s3:GetObject", "arn:aws:s3:::x/*"))


def found(*changes: dict[str, Any]) -> list[Finding]:
    return findings((RULE,), plan(*changes))


def of(*changes: dict[str, Any]) -> list[str]:
    return [str(one.severity) for one in found(*changes)]


DECIDE = [
    ("aws_iam_policy.p", "policy", TEXT),
    ("aws_iam_role_policy.p", "policy", TEXT),
    ("aws_iam_role.r", "assume_role_policy", TEXT),
    ("aws_s3_bucket_policy.p", "policy", TEXT),
    ("aws_sqs_queue_policy.p", "policy", TEXT),
    ("aws_iam_role_policy_attachment.a", "policy_arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("aws_security_group_rule.r", "cidr_blocks", ["10.0.0.0/8"]),
    ("aws_vpc_security_group_ingress_rule.r", "cidr_ipv4", "10.0.0.0/8"),
    ("aws_lambda_permission.p", "principal", "s3.amazonaws.com"),
]


@pytest.mark.parametrize(("address", "attribute", "value"), DECIDE)
def test_what_decides_and_becomes_unknown_is_medium_and_at_creation_low(
    address: str, attribute: str, value: Any
) -> None:
    (one,) = found(change(address, {attribute: value}, {}, unknown={attribute: True}))
    assert (str(one.severity), one.rule, one.path, one.after) == ("medium", "not-judgeable", (attribute,), UNKNOWN)
    assert attribute in one.reason and "known only after apply" in one.reason and "plan again" in one.advice
    opens = address in ("aws_s3_bucket_policy.p", "aws_sqs_queue_policy.p")
    assert of(change(address, None, {}, unknown={attribute: True})) == ["medium" if opens else "low"]


@pytest.mark.parametrize(("address", "attribute", "value"), DECIDE)
def test_what_is_known_or_does_not_change_is_no_finding(address: str, attribute: str, value: Any) -> None:
    assert of(change(address, None, {attribute: value})) == []
    assert of(change(address, {attribute: value}, {attribute: value, "tags": {}})) == []
    assert of(change(address, {attribute: value}, None)) == []


def test_a_sensitive_policy_is_told_as_such() -> None:
    before, after = {"policy": TEXT}, {"policy": document(allow("*"))}
    (one,) = found(change("aws_iam_policy.p", before, after, sensitive={"policy": True}))
    assert str(one.severity) == "medium" and "marked as sensitive" in one.reason
    assert of(change("aws_iam_policy.p", before, {**before, "tags": {}}, sensitive={"policy": True})) == []


def test_one_resource_has_one_finding() -> None:
    unknown = {"cidr_blocks": True, "from_port": True, "to_port": True}
    assert of(change("aws_security_group_rule.r", None, {}, unknown=unknown)) == ["low"]


def test_the_network_inside_of_a_block_is_named() -> None:
    block = {"from_port": 22, "to_port": 22, "protocol": "tcp", "security_groups": []}
    before = {"ingress": [{**block, "cidr_blocks": ["10.0.0.0/8"]}]}
    unknown = {"ingress": [{"cidr_blocks": [True]}]}
    (one,) = found(change("aws_security_group.g", before, {"ingress": [{**block, "cidr_blocks": []}]}, unknown=unknown))
    assert "ingress[0].cidr_blocks" in one.reason


@pytest.mark.parametrize(
    ("address", "unknown"),
    [
        ("aws_security_group.g", {"ingress": True, "egress": True, "id": True}),
        ("aws_sqs_queue.q", {"policy": True}),
        ("aws_s3_bucket.b", {"policy": True, "acl": True}),
        ("aws_iam_role.r", {"inline_policy": True, "managed_policy_arns": True}),
        ("aws_kms_key.k", {"policy": True}),
    ],
)
def test_what_the_provider_alone_fills_in_is_no_finding(address: str, unknown: dict[str, Any]) -> None:
    assert of(change(address, None, {"name": "x"}, unknown=unknown)) == []
    assert of(change(address, {"name": "y"}, {"name": "x"}, unknown=unknown, replaced=True)) == []


def test_another_group_that_is_known_only_later_is_no_finding() -> None:
    unknown = {"security_group_id": True, "source_security_group_id": True}
    known = {"type": "ingress", "from_port": 1, "to_port": 1, "protocol": "tcp"}
    assert of(change("aws_security_group_rule.r", None, known, unknown=unknown)) == []


def test_an_id_that_is_unknown_decides_nothing() -> None:
    assert of(change("aws_iam_policy.p", None, {"policy": TEXT}, unknown={"arn": True, "id": True})) == []


def test_the_advice_names_what_the_configuration_refers_to() -> None:
    def block(kind: str, expressions: dict[str, Any]) -> dict[str, Any]:
        return {"address": f"{kind}.x", "type": kind, "name": "x", "mode": "managed", "expressions": expressions}

    def given(kind: str, attribute: str, target: str) -> Plan:
        references = {"references": [f"{target}.x.arn", f"{target}.x"]}
        configuration = {"root_module": {"resources": [block(kind, {attribute: references}), block(target, {})]}}
        own = change(f"{kind}.x", None, {}, unknown={attribute: True})
        return plan(own, change(f"{target}.x", None, {"name": "x"}), configuration=configuration)

    (one,) = findings((RULE,), given("aws_iam_policy", "policy", "aws_dynamodb_table"))
    assert "aws_dynamodb_table.x" in one.advice
    # A policy of the same plan is judged by itself.
    assert findings((RULE,), given("aws_iam_role_policy_attachment", "policy_arn", "aws_iam_policy")) == []


def test_an_attribute_that_the_configuration_sets_is_told_also_where_the_provider_could_fill_it_in() -> None:
    (resource,) = plan(change("aws_kms_key.k", None, {}, unknown={"policy": True})).resources
    given = replace(resource, configured=frozenset({"policy"}))
    assert [one.rule for one in RULE.judge(given, plan())] == ["not-judgeable"]
    assert list(RULE.judge(replace(resource, configured=frozenset({"name"})), plan())) == []


def _bucket_policy(*beside: dict[str, Any], source: str = "") -> list[str]:
    def block(kind: str, attribute: str, *references: str) -> dict[str, Any]:
        expressions = {attribute: {"references": list(references)}} if references else {}
        bucket = {"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}}
        return {
            "address": f"{kind}.b",
            "type": kind,
            "name": "b",
            "mode": "managed",
            "expressions": bucket | expressions,
        }

    blocks = [
        {"address": "aws_s3_bucket.b", "type": "aws_s3_bucket", "name": "b", "mode": "managed", "expressions": {}},
        block("aws_s3_bucket_policy", "policy", *([f"{source}.json", source] if source else ["local.policy"])),
        block("aws_s3_bucket_public_access_block", "block_public_policy"),
    ]
    policy = change("aws_s3_bucket_policy.b", None, {}, unknown={"policy": True, "bucket": True})
    given = plan(policy, *beside, configuration={"root_module": {"resources": blocks}})
    return [str(one.severity) for one in findings((RULE,), given) if one.address == policy["address"]]


def test_a_new_bucket_policy_that_cannot_be_read_is_medium_unless_the_bucket_is_guarded_or_its_source_is_known() -> (
    None
):
    assert _bucket_policy() == ["medium"]
    flags = {"block_public_policy": True, "restrict_public_buckets": True}
    guard = change("aws_s3_bucket_public_access_block.b", None, flags, unknown={"bucket": True})
    assert _bucket_policy(guard) == ["low"]
    half = change("aws_s3_bucket_public_access_block.b", None, flags | {"restrict_public_buckets": False})
    assert _bucket_policy(half) == ["medium"]
    other = change("aws_s3_bucket_public_access_block.other", None, flags, unknown={"bucket": True})
    assert _bucket_policy(other) == ["medium"]
    statement = {"actions": ["s3:GetObject"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": ["1"]}]}
    read = change("data.aws_iam_policy_document.b", None, {"statement": [statement]}, unknown={"json": True})
    read = read | {"mode": "data", "type": "aws_iam_policy_document"}
    read["change"]["actions"] = ["read"]
    assert _bucket_policy(read, source="data.aws_iam_policy_document.b") == ["low"]
