"""The rows that rules are made of: what each kind says, and what it says where a value cannot be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit import discovery
from orchestrator.review.rules.kit.comparisons import halved, is_set, less, loses_items, one_of
from orchestrator.review.rules.kit.rows import UPDATED, Opens, Reads, Removed, Row, Watch, protects
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, Sensitive

LESS = Watch("t_thing", "size", less, "From {old:g} to {new:g} ({path}).", "Keep it.")
GUARDED = protects("t_thing", "guard.on", "It is off.", "Leave it on.", born=Severity.LOW)
DOOR = Opens("t_thing", "rule.source", ("all",), "Open.", "Close it.", Severity.HIGH, Severity.MEDIUM)
STAYS = Resource("t_other.stays", "", "t_other", "stays", "", Action.NO_OP, {"id": "o"}, {"id": "o"})


def resource(before: Any, after: Any, action: Action | None = None, **more: Any) -> Resource:
    default = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
    return Resource("t_thing.a", "", "t_thing", "a", "", action or default, before, after, **more)


def judged(row: Row, before: Any, after: Any, action: Action | None = None, **more: Any) -> list[Finding]:
    rule = Rule("r", Severity.HIGH, "", "", watches=(row,))
    given = resource(before, after, action, **more)
    return list(rule.judge(given, Plan(resources=(given, STAYS))))


def said(*given: Any, **more: Any) -> list[str]:
    return [f"{found.severity} {found.rule}" for found in judged(*given, **more)]


@pytest.mark.parametrize("action", [Action.UPDATE, Action.REPLACE])
def test_a_watched_value_that_gets_worse_is_said_with_both_values(action: Action) -> None:
    (found,) = judged(LESS, {"size": "8"}, {"size": 2}, action)
    assert (found.rule, found.severity, found.reason) == ("r", Severity.MEDIUM, "From 8 to 2 (size).")
    assert (found.path, found.before, found.after) == (("size",), "8", 2)


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        ({"size": 2}, {"size": 8}, None),
        ({"size": 2}, {"size": 2, "tags": {}}, None),
        ({"size": "large"}, {"size": 2}, None),
        ({"size": 2}, {"size": None}, None),
        (None, {"size": 0}, None),
        ({"size": 2}, None, None),
        ({"size": Sensitive(8)}, {"size": 2}, None),
        ({"size": 8}, {"size": UNKNOWN}, Action.REPLACE),
    ],
)
def test_what_gets_no_worse_or_cannot_be_compared_says_nothing(before: Any, after: Any, action: Action | None) -> None:
    assert said(LESS, before, after, action) == []


@pytest.mark.parametrize("later", [UNKNOWN, Sensitive(1)])
def test_a_watched_value_that_can_no_longer_be_read_is_said_by_the_same_row(later: Any) -> None:
    assert said(LESS, {"size": 8}, {"size": later}) == ["low not-judgeable"]
    assert said(replace(LESS, unknown=Severity.MEDIUM), {"size": 8}, {"size": later}) == ["medium not-judgeable"]
    assert said(replace(LESS, unknown=None), {"size": 8}, {"size": later}) == []


def test_what_only_the_provider_fills_in_is_not_said_to_be_unreadable() -> None:
    given = ({"size": 8}, {"size": UNKNOWN})
    assert said(LESS, *given, configured=frozenset({"size"})) == ["low not-judgeable"]
    assert said(LESS, *given, configured=frozenset({"name"})) == []


def test_a_watch_is_only_for_its_actions_and_not_where_it_is_switched_off() -> None:
    assert said(replace(LESS, actions=UPDATED), {"size": 8}, {"size": 2}, Action.REPLACE) == []
    assert said(replace(LESS, unless=lambda change: change.before == 8), {"size": 8}, {"size": 2}) == []


@pytest.mark.parametrize("off", [{"guard": [{"on": False}]}, {"guard": []}, {"guard": [{"on": "false"}]}, {}])
def test_protection_that_ends_is_said_and_its_absence_in_a_new_object_too(off: dict[str, Any]) -> None:
    on = {"guard": [{"on": True}]}
    (found,) = judged(GUARDED, on, off)
    assert (found.severity, found.path) == (Severity.HIGH, ("guard", 0, "on"))
    assert said(GUARDED, off, on) == [] and said(GUARDED, off, off | {"tags": {}}) == []
    assert said(GUARDED, None, off) == ["low r"] and said(GUARDED, None, on) == []


def test_what_only_has_to_be_there_is_worth_a_word_while_it_is_unknown() -> None:
    row = protects("t_thing", "key", "No key.", "Keep it.", as_long_as=is_set)
    assert said(row, {"key": "k"}, {"key": UNKNOWN}) == ["low not-judgeable"]
    row = protects("t_thing", "key", "No key.", "Keep it.", as_long_as=one_of("k"))
    assert said(row, {"key": "k"}, {"key": UNKNOWN}) == ["medium not-judgeable"]


def test_a_way_in_is_found_in_any_block_and_only_if_it_was_closed() -> None:
    closed = {"rule": [{"source": ["office"]}]}
    opened = {"rule": [{"source": ["office"]}, {"source": ["office", "all"]}]}
    (found,) = judged(DOOR, closed, opened)
    assert (found.severity, found.path, found.after) == (Severity.HIGH, ("rule", 1, "source", 1), "all")
    assert said(DOOR, opened, closed) == [] and said(DOOR, opened, opened | {"tags": {}}) == []
    assert said(DOOR, None, opened) == ["medium r"] and said(replace(DOOR, born=None), None, opened) == []


def test_a_removal_is_said_unless_what_it_belongs_to_goes_too_or_it_only_moves() -> None:
    row = Removed("t_thing", "Gone{because}.", of="owner", joins=("peer",))
    before = {"owner": "o-1", "peer": "p-1", "name": "a"}
    given = resource(before, None)

    def found(*beside: Resource, plan: dict[str, Any] | None = None) -> list[Finding]:
        return list(row.judge(given, Plan(resources=(given, STAYS, *beside), **(plan or {}))))

    def other(action: Action, before: Any, after: Any = None, type_: str = "t_thing") -> Resource:
        return Resource(f"{type_}.b", "", type_, "b", "", action, before, after)

    assert [item.reason for item in found()] == ["Gone."]
    assert found(other(Action.DELETE, {"id": "o-1"}, type_="t_thing_owner")) == []
    assert found(other(Action.DELETE, {"id": "p-1"})) == []
    assert found(other(Action.CREATE, None, {"name": "a"})) == []
    assert found(plan={"destroys_all": True}) == []
    assert list(row.judge(replace(given, deposed="ab12"), Plan(resources=(given, STAYS)))) == []


def test_an_older_name_of_a_load_balancer_is_the_same_type() -> None:
    assert Reads("aws_lb aws_lb_listener aws_lbx").type_names == {
        "aws_lb", "aws_alb", "aws_lb_listener", "aws_alb_listener", "aws_lbx",
    }  # fmt: skip
    assert Reads("*").type_names == frozenset() and Reads("*").covers("anything")


def test_a_rule_is_asked_about_the_types_of_its_rows_and_its_code_about_what_it_reads() -> None:
    asked: list[str] = []

    def looks(item: Resource, plan: Plan) -> tuple[Finding, ...]:
        asked.append(item.type)
        return ()

    rule = Rule("r", Severity.LOW, "", "", looks=looks, watches=(LESS, Reads("t_other", "x")))
    assert rule.types == {"t_thing", "t_other"}
    for item in (resource({"size": 1}, {"size": 2}), STAYS):
        list(rule.judge(item, Plan()))
    assert asked == ["t_other"]
    assert Rule("r", Severity.LOW, "", "", watches=(LESS, Reads("*"))).types == frozenset()


def test_one_fact_of_several_rows_is_said_once_where_a_rule_wants_that() -> None:
    rows = (LESS, replace(LESS, worse=halved), Watch("t_thing", "logs", loses_items, "Fewer.", "Keep."))
    given = resource({"size": 8, "logs": ["a"]}, {"size": 2, "logs": UNKNOWN})
    rule = Rule("r", Severity.LOW, "", "", watches=rows, first_only=True)
    assert [item.rule for item in rule.judge(given, Plan())] == ["r", "not-judgeable"]
    assert len(list(replace(rule, first_only=False).judge(given, Plan()))) == 3


def test_a_rule_under_another_name_than_its_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator.review.rules.secrets import secret_in_plain_text as module

    monkeypatch.setattr(module, "RULE", replace(module.RULE, id="something-else"))
    with pytest.raises(ValueError, match=r"something-else belongs into something_else\.py"):
        discovery.group.__wrapped__("secrets")
