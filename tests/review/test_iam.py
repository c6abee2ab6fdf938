"""Policy documents: read as data, and compared for what is newly allowed."""

from __future__ import annotations

import fnmatch
import itertools
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.iam import compare, parse
from orchestrator.review.iam.document import Read
from orchestrator.review.iam.patterns import covers, overlap
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.plans import allow, deny, document


def newly(before: Any, after: Any) -> list[str]:
    old, new = parse(before), parse(after)
    assert old is not None and new is not None
    return [str(grant) for grant in compare(old, new).grants]


# Patterns

PATTERNS = ["".join(letters) for length in range(4) for letters in itertools.product("ab*?", repeat=length)]
TEXTS = ["".join(letters) for length in range(6) for letters in itertools.product("abz", repeat=length)]
MATCHED = {pattern: {text for text in TEXTS if fnmatch.fnmatchcase(text, pattern)} for pattern in PATTERNS}


def test_a_pattern_covers_another_exactly_if_it_matches_all_that_the_other_does() -> None:
    for wide, narrow in itertools.product(PATTERNS, PATTERNS):
        assert covers(wide, narrow) is (MATCHED[narrow] <= MATCHED[wide]), (wide, narrow)


def test_patterns_overlap_exactly_if_there_is_a_text_that_both_match() -> None:
    for one, other in itertools.product(PATTERNS, PATTERNS):
        assert overlap(one, other) is bool(MATCHED[one] & MATCHED[other]), (one, other)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ("?*", "*a", True),
        ("*?", "?*", True),
        ("s3:Get*", "s3:*", False),
        ("arn:aws:s3:::x/*", "arn:aws:s3:::x", False),
        ("arn:aws:s3:::x*", "arn:aws:s3:::x/*", True),
        ("arn:aws:s3:::${*}", "arn:aws:s3:::x", False),
    ],
)
def test_containment_of_patterns(wide: str, narrow: str, does: bool) -> None:
    assert covers(wide, narrow) is does


# Reading


def test_single_values_and_lists_of_one_are_the_same() -> None:
    single = {"Statement": allow("s3:GetObject", "arn:aws:s3:::x/*")}
    assert newly(single, document(allow(["s3:GetObject"], ["arn:aws:s3:::x/*"]))) == []


def test_an_account_number_and_its_root_are_the_same_principal() -> None:
    number = allow("sts:AssumeRole", Principal={"AWS": "111122223333"})
    root = allow("sts:AssumeRole", Principal={"AWS": ["arn:aws:iam::111122223333:root"]})
    assert newly(document(number), document(root)) == [] == newly(document(root), document(number))


@pytest.mark.parametrize("nobody", [{}, {"AWS": []}])
def test_a_statement_for_nobody_allows_nothing(nobody: Any) -> None:
    assert newly(None, document(allow("*", "*", Principal=nobody))) == []


def test_a_star_as_principal_is_the_same_with_and_without_aws() -> None:
    star, aws = allow("s3:*", Principal="*"), allow("s3:*", Principal={"AWS": "*"})
    assert newly(document(star), document(aws)) == [] == newly(document(aws), document(star))


@pytest.mark.parametrize(
    "value", ["{", "[]", "5", "null", '"text"', '{"Statement": 5}', UNKNOWN, Sensitive("x"), 7, [1]]
)
def test_what_is_no_document_is_not_judged(value: Any) -> None:
    assert parse(value) is None


@pytest.mark.parametrize("value", [None, "", "{}", {"Statement": []}])
def test_no_document_allows_nothing(value: Any) -> None:
    found = parse(value)
    assert found is not None and found.statements == () and found.complete


def test_a_statement_with_something_unknown_makes_the_document_incomplete() -> None:
    found = parse({"Statement": [allow("s3:GetObject"), allow("s3:PutObject", UNKNOWN), allow(Sensitive("a"))]})
    assert found is not None and not found.complete and len(found.statements) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(UNKNOWN) | st.just(Sensitive("s")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "AWS", "Condition", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON, JSON)
def test_whatever_stands_in_a_document_it_is_read_and_compared_without_an_error(one: Any, other: Any) -> None:
    old, new = parse(one), parse(other)
    if old is not None and new is not None:
        compare(old, new)


# Comparing

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:Get*", "sqs:SendMessage", "dynamodb:*"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::x/*", "arn:aws:s3:::x/a", "arn:aws:sqs:eu-west-1:111122223333:q"])
CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"StringNotLike": {"aws:PrincipalArn": ["a*", "b*"]}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}},
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(st.lists(ACTIONS, min_size=1, max_size=3)),
        "Resource": draw(st.lists(RESOURCES, min_size=1, max_size=3)),
    }
    if condition := draw(CONDITIONS):
        statement["Condition"] = condition
    return statement


def split(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """The same in one statement for each action, resource and value."""
    actions = [{"Action": one} for one in statement.get("Action", [])] or [{"NotAction": statement.get("NotAction")}]
    conditions = [statement.get("Condition")]
    for operator, tests in (statement.get("Condition") or {}).items():
        for key, values in tests.items():
            if isinstance(values, list) and "Not" not in operator:
                conditions = [{operator: {key: value}} for value in values]
    return [
        {"Effect": statement["Effect"].lower().title(), **action, "Resource": resource}
        | ({"Condition": condition} if condition else {})
        for action in actions
        for resource in statement["Resource"]
        for condition in conditions
    ]


@settings(deadline=None)
@given(st.lists(statements(), min_size=1, max_size=4), st.randoms())
def test_a_document_in_another_order_widens_nothing(listed: list[dict[str, Any]], random: Random) -> None:
    other = [
        {key: random.sample(value, len(value)) if isinstance(value, list) else value for key, value in item.items()}
        for item in random.sample(listed, len(listed))
    ]
    assert newly(document(*listed), document(*other)) == []


@settings(deadline=None)
@given(st.lists(statements(), min_size=1, max_size=3))
def test_a_document_with_its_statements_split_or_joined_widens_nothing(listed: list[dict[str, Any]]) -> None:
    apart = [part for statement in listed for part in split(statement)]
    assert newly(document(*listed), document(*apart)) == []
    # A joined Deny can only be compared by its parts as long as it has some of the same ones.
    if all(statement["Effect"] == "Allow" for statement in listed):
        assert newly(document(*apart), document(*listed)) == []


@settings(deadline=None)
@given(st.lists(statements(), max_size=3))
def test_an_allow_with_a_fresh_action_always_widens(listed: list[dict[str, Any]]) -> None:
    listed = [item for item in listed if "Action" in item]
    assert newly(document(*listed), document(*listed, allow("ecs:RunTask"))) == ["ecs:RunTask on *"]


@settings(deadline=None)
@given(st.lists(statements(), min_size=1, max_size=4))
def test_taking_an_allow_away_widens_nothing(listed: list[dict[str, Any]]) -> None:
    allows = [item for item in listed if item["Effect"] == "Allow"]
    assert newly(document(*allows), document(*allows[1:])) == []


def test_the_newly_allowed_is_told_precisely() -> None:
    before = document(allow(["s3:GetObject"], "arn:aws:s3:::x/*"))
    after = document(allow(["s3:getobject", "s3:DeleteObject"], "arn:aws:s3:::x/*"))
    assert newly(before, after) == ["s3:DeleteObject on arn:aws:s3:::x/*"]


def test_another_resource_is_told_with_all_its_actions() -> None:
    before = document(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::x/*"))
    after = document(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::x/*", "arn:aws:s3:::y/*"]))
    assert newly(before, after) == ["s3:GetObject, s3:PutObject on arn:aws:s3:::y/*"]


def test_what_a_wildcard_allowed_already_is_not_new() -> None:
    assert newly(document(allow("s3:*")), document(allow("s3:GetObject", "arn:aws:s3:::x/*"))) == []
    assert newly(document(allow("s3:Get*")), document(allow("s3:*"))) == ["s3:* on *"]


def test_what_the_new_document_denies_is_not_newly_allowed() -> None:
    after = document(allow("s3:*"), deny("s3:Delete*"))
    assert newly(document(allow("s3:*"), deny("s3:Delete*")), after) == []
    assert newly(document(), document(allow("s3:DeleteObject"), deny("s3:Delete*"))) == []


def test_a_deny_that_goes_or_gets_narrower_is_told() -> None:
    before = document(allow("s3:*"), deny("s3:Delete*"))
    assert newly(before, document(allow("s3:*"))) == ["s3:Delete* on * (no longer denied)"]
    assert newly(before, document(allow("s3:*"), deny("s3:Delete*", "arn:aws:s3:::x/*"))) == [
        "s3:Delete* on * (no longer denied)"
    ]
    assert newly(before, document(allow("s3:*"), deny("s3:*"))) == []


def test_a_deny_with_a_new_condition_is_narrower() -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    assert newly(document(deny("s3:*")), document(deny("s3:*", Condition=condition))) == [
        "s3:* on * (no longer denied)"
    ]


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        ({"StringEquals": {"k": "a"}}, {}, True),
        ({}, {"StringEquals": {"k": "a"}}, False),
        ({"StringEquals": {"k": "a"}}, {"StringEquals": {"k": ["a", "b"]}}, True),
        ({"StringEquals": {"k": ["a", "b"]}}, {"StringEquals": {"k": "b"}}, False),
        ({"StringEquals": {"k": "a"}}, {"stringequals": {"K": ["a"]}}, False),
        ({"StringEquals": {"k": "a"}}, {"StringEqualsIfExists": {"k": "a"}}, True),
        ({"StringEqualsIfExists": {"k": "a"}}, {"StringEquals": {"k": "a"}}, False),
        ({"StringLike": {"k": "repo:me/*"}}, {"StringEquals": {"k": "repo:me/x"}}, False),
        ({"StringEquals": {"k": "repo:me/x"}}, {"StringLike": {"k": "repo:me/*"}}, True),
        ({"StringLike": {"k": "a"}}, {"StringEquals": {"k": "a*"}}, True),
        ({"ArnLike": {"k": "arn:*"}}, {"ArnEquals": {"k": "arn:aws:x"}}, False),
        ({"StringNotEquals": {"k": "a"}}, {"StringNotEquals": {"k": ["a", "b"]}}, False),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"StringNotEquals": {"k": "a"}}, True),
        ({"IpAddress": {"k": "10.0.0.0/8"}}, {"IpAddress": {"k": "10.1.0.0/16"}}, False),
        ({"IpAddress": {"k": "10.1.0.0/16"}}, {"IpAddress": {"k": "10.0.0.0/8"}}, True),
        ({"NumericLessThan": {"k": "10"}}, {"NumericLessThan": {"k": "5"}}, False),
        ({"NumericLessThan": {"k": "5"}}, {"NumericLessThan": {"k": "10"}}, True),
        ({"Bool": {"k": True}}, {"Bool": {"k": "true"}}, False),
        ({"Bool": {"k": "true"}}, {"Bool": {"k": "false"}}, True),
        ({"Null": {"k": "false"}}, {}, True),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"ForAllValues:StringEquals": {"k": ["a"]}}, False),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {"ForAllValues:StringEquals": {"k": "a"}}, True),
    ],
)
def test_conditions_dropped_or_loosened_widen(before: dict[str, Any], after: dict[str, Any], widens: bool) -> None:
    old = document(allow("sts:AssumeRole", Condition=before))
    new = document(allow("sts:AssumeRole", Condition=after))
    assert bool(newly(old, new)) is widens


def test_a_grant_that_only_lost_its_condition_is_told_as_loosened() -> None:
    old = parse(document(allow("s3:GetObject", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})))
    new = parse(document(allow("s3:GetObject"), allow("s3:PutObject")))
    assert old is not None and new is not None
    assert [str(grant) for grant in compare(old, new).loosened] == ["s3:GetObject on *"]


def test_everything_but_is_compared_as_what_it_leaves() -> None:
    all_but_iam = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    all_but_more = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}
    assert newly(document(all_but_iam), document(all_but_more)) == []
    assert newly(document(all_but_more), document(all_but_iam)) == ["everything but iam:*, organizations:* on *"]
    assert newly(document(all_but_iam), document(allow("s3:*"))) == []
    assert newly(document(all_but_iam), document(allow("iam:Get*"))) == ["iam:Get* on *"]


def test_a_role_of_an_account_that_was_named_wholly_is_not_new() -> None:
    root = allow("sts:AssumeRole", Principal={"AWS": "111122223333"})
    role = allow("sts:AssumeRole", Principal={"AWS": "arn:aws:iam::111122223333:role/ci"})
    assert newly(document(root), document(role)) == []
    assert newly(document(role), document(root)) == ["sts:AssumeRole on * for arn:aws:iam::111122223333:root"]


def test_many_values_do_not_multiply_without_end() -> None:
    condition = {"StringEquals": {f"k{i}": [str(n) for n in range(20)] for i in range(6)}}
    text = document(allow("s3:GetObject", Condition=condition))
    assert newly(text, json.dumps(json.loads(text), indent=2)) == []


def test_statements_that_stand_in_both_documents_are_read_once() -> None:
    known: Read = []
    first = parse('{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}', known)
    second = parse('{"Statement":{"Resource":"*","Action":"s3:GetObject","Effect":"Allow"}}', known)
    assert first is not None and second is not None
    assert first.statements[0] is second.statements[0]


def test_element_names_in_other_letters_are_understood_and_the_exact_one_wins() -> None:
    found = parse({"statement": [{"effect": "Allow", "ACTION": "s3:Get*", "Action": "s3:List*", "resource": "*"}]})
    assert found is not None
    assert str(found.statements[0].actions) == "s3:List*"
