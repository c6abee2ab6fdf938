"""Each rule's own examples: what fires is found, what is silent is not, and neither is the change back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review.catalogue import RULES
from orchestrator.review.model import Finding, Severity
from orchestrator.review.review import findings
from orchestrator.review.rules.examples.examples import Example, Fires, Silent
from orchestrator.review.rules.examples.plans import address_of, plan_of
from orchestrator.review.rules.examples.row_examples import examples_of
from orchestrator.review.rules.kit.change import NOT_JUDGEABLE
from orchestrator.review.rules.kit.rows import Row, Watch
from orchestrator.review.rules.kit.rule import Rule


def _found(rule: Rule, example: Example) -> list[Finding]:
    own = [item for item in findings(plan_of(example), [rule]) if item.address == address_of(example)]
    assert all("failed here" not in item.reason for item in own), own
    return [item for item in own if item.rule == rule.id]


def _examples(kind: type[Example]) -> Iterator[Any]:
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            if isinstance(example, kind):
                yield pytest.param(rule, example, id=f"{rule.id}-{number}")


@pytest.mark.parametrize(("rule", "example"), list(_examples(Fires)))
def test_what_a_rule_says_that_it_finds_is_found(rule: Rule, example: Fires) -> None:
    found = _found(rule, example)
    assert [item.severity for item in found] == [example.severity or rule.severity]
    assert found[0].reason.endswith((".", ")")) and found[0].advice.endswith(".")


@pytest.mark.parametrize(("rule", "example"), list(_examples(Silent)))
def test_what_a_rule_says_is_harmless_is_not_found(rule: Rule, example: Silent) -> None:
    assert _found(rule, example) == []


@pytest.mark.parametrize(("rule", "example"), list(_examples(Fires)))
def test_the_change_back_and_no_change_are_not_found(rule: Rule, example: Fires) -> None:
    if example.before is not None and example.after is not None:
        after, before = dict(example.after), dict(example.before)
        tagged = {**after, "tags": {"a": "b"}}
        still = replace(example, before={**after, "tags": None}, after=tagged, unknown=(), replaced="")
        assert _found(rule, still) == []
        if not example.both_ways:
            assert _found(rule, replace(example, before=after, after=before, unknown=())) == []


ROWS = [
    pytest.param(rule, row, example, id=f"{rule.id}-{example.type}-{getattr(row, 'path', '')}")
    for rule in RULES
    for row in rule.watches
    for example in examples_of(row)
]


@pytest.mark.parametrize(("rule", "row", "example"), ROWS)
def test_each_row_of_a_rule_finds_what_it_says_in_each_of_its_types(rule: Rule, row: Row, example: Fires) -> None:
    found = _found(rule, example)
    assert found, example
    weight = example.severity or getattr(row, "severity", None)
    if isinstance(weight, Severity):
        assert weight in {item.severity for item in found}
    assert all(item.reason.endswith((".", ")")) and item.advice.endswith(".") for item in found)
    if example.before is not None and example.after is not None and not _is_symmetric(row):
        assert _found(rule, replace(example, before=example.after, after=example.before)) == []


def _is_symmetric(row: Row) -> bool:
    """True if the change back is a finding as well."""
    if not isinstance(row, Watch):
        return False
    old, new = (row.worse.read(value) for value in row.worse.sample)
    return row.worse.worse(new, old)


@pytest.mark.parametrize(
    ("rule", "row", "example"), [one for one in ROWS if isinstance(one.values[1], Watch) and one.values[1].unknown]
)
def test_each_row_says_so_if_a_value_can_no_longer_be_read(rule: Rule, row: Watch, example: Fires) -> None:
    if example.before is None:
        return
    (name, *_) = row.path.split(".")
    after = {key: value for key, value in (example.after or {}).items() if key != name}
    given = replace(example, after=after, unknown=(name,))
    said = [item.reason for item in findings(plan_of(given), RULES) if item.rule == NOT_JUDGEABLE]
    assert any(row.path.rpartition(".")[2] in reason for reason in said)
    assert not any("{" in reason or "<" in reason for reason in said)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_shows_what_it_finds_and_what_it_does_not(rule: Rule) -> None:
    kinds = {type(example) for example in rule.examples}
    assert kinds == {Fires, Silent}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_example_is_of_a_type_that_the_rule_is_asked_about(rule: Rule) -> None:
    assert all(not rule.types or example.type in rule.types for example in rule.examples)
