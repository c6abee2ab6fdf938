"""The review for programs keeps to its schema, whatever is in the plan."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from orchestrator.review.model import Verdict
from orchestrator.review.render import json as machine
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review import samples, wellformed


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(wellformed.SCHEMA.schema)


@pytest.mark.parametrize("name", samples.ORDINARY)
def test_every_kind_of_review_keeps_to_the_schema(name: str) -> None:
    review = samples.ORDINARY[name]()
    assert wellformed.document(machine.render(review)) == machine.as_dict(review)


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_stays_text(number: int) -> None:
    given_text = samples.HOSTILE[number]
    document = wellformed.document(machine.render(samples.hostile(given_text)))
    assert document["because"] == given_text
    assert document["changes"][0]["differences"][0]["before"] == given_text


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_can_be_written_and_read(given_text: str) -> None:
    assert wellformed.document(machine.render(samples.hostile(given_text)))["findings"][0]["reason"] == given_text


def test_the_contract_of_the_dangerous_change() -> None:
    document = wellformed.document(machine.render(samples.dangerous()))
    assert document["verdict"] == "dangerous"
    assert document["stops"] is True
    assert document["counts"] == {
        "add": 0, "change": 5, "replace": 1, "destroy": 1, "move": 0, "import": 0, "forget": 0,
    }  # fmt: skip
    assert document["terraform_counts"] == {"add": 1, "change": 5, "destroy": 2}
    assert document["findings"][1] == {
        "rule": "ingress-open-world",
        "severity": "critical",
        "address": "module.alb.aws_security_group.this",
        "reason": "Port 5432 (PostgreSQL) is opened to the whole internet.",
        "advice": "Name the addresses that need it, or use a security group as the source.",
        "attribute": "ingress[1].cidr_blocks",
        "before": ["10.0.0.0/16"],
        "after": ["0.0.0.0/0"],
        "excepted": "",
    }
    assert document["findings"][-1]["excepted"] == "agreed with security, until 2027-01-31"


def test_unknown_and_sensitive_values_are_marked_and_not_shown() -> None:
    assert machine.plain({"a": [UNKNOWN, Sensitive("hunter2")], "b": None}) == {
        "a": [{"unknown": True}, {"sensitive": True}],
        "b": None,
    }


def test_a_secret_that_came_through_is_removed_and_the_contracts_words_stay() -> None:
    leaking = samples.hostile('it is pa"ss\\wörd-1 there, high')
    review = replace(
        leaking, plan=replace(leaking.plan, secrets=frozenset({'pa"ss\\wörd-1', "high", "dangerous", "before"}))
    )
    document = wellformed.document(machine.render(review))
    assert document["verdict"] == Verdict.DANGEROUS
    assert document["findings"][0]["severity"] == "high"
    assert document["because"] == "it is (sensitive) there, (sensitive)"
    assert "wörd-1" not in machine.render(review)
    assert "w\\u00f6rd-1" not in machine.render(review)
