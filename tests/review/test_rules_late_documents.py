"""Policies from `aws_iam_policy_document` that are read in the apply, because an ARN in them is not known yet."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.model import Plan
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.discovery import group
from tests.review.plans import ACCOUNT, allow, change, document, findings, known_account, plan

RULES = tuple(rule for rule in group("access") if rule.id != NOT_JUDGEABLE)

DATA = "data.aws_iam_policy_document.this"
TRUST = {"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}


def _statement(actions: list[str], *, resources: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A block as the plan has it: what is not set is null, and null stands too where something is unknown."""
    return {"actions": actions, "resources": resources or [None], "effect": None, "condition": [], "principals": [],
            "not_principals": [], "not_actions": None, "not_resources": None, "sid": None, **more}  # fmt: skip


def _source(*statements: dict[str, Any], address: str = DATA, **more: Any) -> dict[str, Any]:
    unknown = [{"resources": [item["resources"] == [None]]} for item in statements]
    entry = change(address, None, {"statement": list(statements)}, unknown={"json": True, "statement": unknown})
    entry["change"]["actions"] = ["read"]
    return entry | {"mode": "data"} | more


def _plan(
    address: str, before: dict[str, Any] | None, *others: dict[str, Any], attribute: str = "policy", key: Any = None
) -> Plan:
    kind, name = address.partition("[")[0].split(".")
    policy = change(address, before, {"bucket": "b"}, unknown={attribute: True}) | {"index": key}
    block = {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "expressions": {attribute: {"references": [f"{DATA}.json", DATA]}},
    }
    return plan(known_account(), policy, *others, configuration={"root_module": {"resources": [block]}})


def _said(given: Plan) -> list[str]:
    return [f"{found.severity} {found.rule}" for found in findings(RULES, given)]


def test_everything_on_everything_is_seen_beside_an_arn_that_is_not_known_yet() -> None:
    source = _source(_statement(["s3:GetObject"]), _statement(["*"], resources=["*"]))
    assert _said(_plan("aws_iam_policy.p", None, source)) == ["critical iam-admin"]


def test_a_bucket_that_is_not_made_yet_is_seen_to_be_open_to_everybody() -> None:
    source = _source(_statement(["s3:GetObject"], principals=[{"type": "*", "identifiers": ["*"]}]))
    found = findings(RULES, _plan("aws_s3_bucket_policy.p", None, source))
    assert [f"{item.severity} {item.rule}" for item in found] == ["critical resource-public"]
    assert "s3:GetObject on (known after apply) for everyone" in found[0].reason


@pytest.mark.parametrize(
    "statement",
    [
        _statement(["s3:GetObject"]),
        _statement(["s3:*"], effect="Deny", principals=[{"type": "*", "identifiers": ["*"]}]),
        _statement(["s3:GetObject"], principals=[{"type": "Service", "identifiers": ["cloudfront.amazonaws.com"]}]),
        _statement(["s3:GetObject"], principals=[{"type": "*", "identifiers": ["*"]}],
                   condition=[{"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-1"]}]),
    ],
)  # fmt: skip
def test_what_is_as_it_should_be_says_nothing(statement: dict[str, Any]) -> None:
    assert _said(_plan("aws_s3_bucket_policy.p", None, _source(statement))) == []


def test_statements_that_may_only_have_moved_to_what_is_not_known_are_not_said_to_be_gone() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    before = {"bucket": "b", "policy": document(deny, allow("s3:GetObject", Principal={"AWS": ACCOUNT}))}
    source = _source(_statement(["s3:GetObject"], principals=[{"type": "AWS", "identifiers": [ACCOUNT]}]))
    assert _said(_plan("aws_s3_bucket_policy.p", before, source)) == []


def test_a_trust_in_a_provider_that_is_not_made_yet_is_left_to_the_reader() -> None:
    federated = {"type": "Federated", "identifiers": [None]}
    source = _source(_statement(["sts:AssumeRoleWithWebIdentity"], resources=["*"], principals=[federated]))
    source["change"]["after_unknown"]["statement"][0]["principals"] = [{"identifiers": [True]}]
    assert _said(_plan("aws_iam_role.r", None, source, attribute="assume_role_policy")) == []


def test_of_several_instances_the_one_with_the_same_key_is_meant() -> None:
    wide = _source(_statement(["*"], resources=["*"]), address=f'{DATA}["a"]', index="a")
    narrow = _source(_statement(["s3:GetObject"]), address=f'{DATA}["b"]', index="b")
    for key, wanted in (("a", ["critical iam-admin"]), ("b", [])):
        assert _said(_plan(f'aws_iam_policy.p["{key}"]', None, wide, narrow, key=key)) == wanted


def test_a_document_is_followed_into_and_out_of_modules() -> None:
    """`policy = var.policy` in a module that is given `module.documents.json`."""
    source = _source(_statement(["*"], resources=["*"]), address="module.documents." + DATA)
    policy = change("module.role.aws_iam_policy.p", None, {"name": "p"}, unknown={"policy": True})
    block = {"address": "aws_iam_policy.p", "mode": "managed", "type": "aws_iam_policy", "name": "p",
             "expressions": {"policy": {"references": ["var.policy"]}}}  # fmt: skip
    output = {"json": {"expression": {"references": [f"{DATA}.json", DATA]}}}
    calls = {
        "documents": {"module": {"outputs": output, "resources": []}},
        "role": {
            "expressions": {"policy": {"references": ["module.documents.json", "module.documents"]}},
            "module": {"resources": [block]},
        },
    }
    assert _said(plan(policy, source, configuration={"root_module": {"module_calls": calls}})) == ["critical iam-admin"]


def test_a_policy_that_is_made_of_several_things_is_left_to_the_reader() -> None:
    given = _plan("aws_iam_policy.p", None, _source(_statement(["*"], resources=["*"])))
    assert given.resources[1].documents
    both = {"references": [f"{DATA}.json", DATA, "var.other"]}
    block = {"address": "aws_iam_policy.p", "expressions": {"policy": both}}
    policy = change("aws_iam_policy.p", None, {"name": "p"}, unknown={"policy": True})
    assert plan(policy, configuration={"root_module": {"resources": [block]}}).resources[0].documents == ()
