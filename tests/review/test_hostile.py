"""Plans made to make the review fail, hang or say what is not so, or to speak to whoever shows it."""

from __future__ import annotations

import copy
import json
import random
import re
import time
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import Failure
from orchestrator.review import catalogue, policy
from orchestrator.review.iam.patterns import covers
from orchestrator.review.model import Finding, Review, Severity, Verdict
from orchestrator.review.policy import Exemption
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html as html_report
from orchestrator.review.render import json as json_report
from orchestrator.review.render import markdown, terminal
from orchestrator.review.review import findings, review
from orchestrator.review.rules.kit.rule import Rule
from tests.review.corpus import cases, make
from tests.review.plans import allow, change, document

SECONDS = 20.0
"""The slowest of these took more than a minute for such a text, and they are far faster now than this."""
ODD: tuple[Any, ...] = (
    None, True, 0, -1.5, float("inf"), "", "\ud800", "[]", '{"a":', [], {}, [[]], [{}], {"": None}, [None], "*",
    10**30, ["create"], ["delete"], "arn:aws:iam::1:role/x", '{"Statement": 5}', '[{"name": 1}]', "a\x00\x1b[31m",
    '[{"environment": [{"name": null, "value": 3}]}]', {"name": "x", "value": "y"},
)  # fmt: skip


def reviewed(*changes: dict[str, Any], **more: Any) -> Review:
    return review(read({"format_version": "1.2", "resource_changes": list(changes)} | more))


def renderings(of: Review) -> list[str]:
    terminals = [terminal.render(of, colour=colour, width=width) for colour in (True, False) for width in (40, 61, 100)]
    return [*terminals, markdown.render(of), html_report.render(of), json_report.render(of)]


@pytest.mark.parametrize(
    ("address", "attribute", "text"),
    [
        ("aws_instance.a", "user_data", "A_SECRET=x\n" + "\n" * 20_000 + "x"),
        ("aws_instance.a", "user_data", "export " * 3_000),
        ("aws_x.a", "p", "://x@ " + "a." * 10_000),
        ("aws_x.a", "p", "key= " + "a.-" * 7_000),
        ("aws_x.a", "p", "eyJ " + "eyJaaaaaaaa-" * 2_000),
        ("aws_x.a", "p", "://a:" * 5_000),
        ("aws_x.a", "p", "-----BEGIN RSA PRIVATE KEY-----" * 1_000),
    ],
)
@pytest.mark.parametrize("sensitive", [False, True])
def test_no_text_takes_long_to_look_through(address: str, attribute: str, text: str, sensitive: bool) -> None:
    began = time.process_time()
    renderings(reviewed(change(address, None, {attribute: text}, sensitive={attribute: sensitive})))
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("levels", [1, 3, 8])
def test_json_in_json_in_json_is_compared(levels: int) -> None:
    inner = '"x"'
    for _ in range(levels):
        inner = "[" * 90 + json.dumps(inner) + "]" * 90
    for kind in ("aws_x", "aws_s3_bucket_policy", "aws_ecs_task_definition"):
        values = [{"policy": text, "container_definitions": text} for text in (inner, inner.replace("x", "y"))]
        found = reviewed(change(f"{kind}.a", *values))
        assert found.plan.resources[0].differences
        renderings(found)


def test_a_tree_that_is_nested_too_deep_is_refused() -> None:
    value: Any = "x"
    tree: Any = True
    for _ in range(900):
        value, tree = [value], [tree]
    resource = {"values": {"a": value}, "sensitive_values": {"a": tree}}
    with pytest.raises(Failure):
        reviewed(planned_values={"root_module": {"resources": [resource]}})


def test_a_plan_that_is_damaged_anywhere_is_reviewed_or_refused() -> None:
    """Nothing else comes out of a plan in which something is missing or of another kind, and JSON stays JSON."""
    chance = random.Random(20)
    shown = [cases.shown(name) for name in make.names()]
    plans = [plan for plan in shown if len(json.dumps(plan)) < 40_000]
    outcomes = {"reviewed": 0, "refused": 0}
    for _ in range(250):
        plan = copy.deepcopy(chance.choice(plans))
        for _ in range(chance.choice((1, 1, 3))):
            _damage(plan, chance)
        try:
            found = review(read(plan))
        except Failure:
            outcomes["refused"] += 1
            continue
        outcomes["reviewed"] += 1
        for text in renderings(found):
            text.encode()
        json.loads(json_report.render(found), parse_constant=pytest.fail)
    assert min(outcomes.values()) > 10


def _damage(plan: dict[str, Any], chance: random.Random) -> None:
    place: Any = plan
    key: Any = chance.choice(
        [name for name in plan if name in ("resource_changes", "checks", "output_changes")] or [*plan]
    )
    while isinstance(place[key], dict | list) and place[key] and chance.random() < 0.8:
        place = place[key]
        key = chance.choice([*place]) if isinstance(place, dict) else chance.randrange(len(place))
    if chance.random() < 0.3:
        del place[key]
    else:
        place[key] = copy.deepcopy(chance.choice(ODD))


def test_a_rule_that_a_plan_makes_fail_stops_as_the_rule_would_have() -> None:
    def fails(*_: object) -> NoReturn:
        raise AttributeError

    plan = read({"format_version": "1.2", "resource_changes": [change("aws_x.a", None, {"p": 1})]})
    for severity, told in ((Severity.LOW, Severity.MEDIUM), (Severity.CRITICAL, Severity.HIGH)):
        (found,) = findings(plan, [Rule("x", severity, "X", "", fails)])
        assert (found.rule, found.severity) == (catalogue.NOT_JUDGEABLE, told)


def test_a_resource_of_a_mode_that_is_not_known_is_not_passed_over() -> None:
    raw = change("aws_dynamodb_table.a", {"name": "a"}, None) | {"mode": "new"}
    assert reviewed(raw).verdict is Verdict.DANGEROUS


def test_an_action_that_terraform_runs_is_told_and_not_safe() -> None:
    invocation = {"address": "action.aws_ec2_stop_instance.a", "type": "aws_ec2_stop_instance", "name": "a",
                  "lifecycle_action_trigger": {"triggering_resource_address": "aws_x.a",
                                               "action_trigger_event": "AfterUpdate"}}  # fmt: skip
    found = reviewed(change("aws_x.a", {"p": 1}, {"p": 2}), action_invocations=[invocation])
    assert found.verdict is Verdict.CAREFUL
    assert [(item.rule, item.address) for item in found.findings] == [("not-judgeable", invocation["address"])]
    assert "AfterUpdate of aws_x.a" in found.findings[0].reason


def test_a_number_that_json_cannot_hold_leaves_the_report_json() -> None:
    found = reviewed(change("aws_x.a", {"p": 1, "q": 1}, {"p": float("inf"), "q": float("nan")}))
    json.loads(json_report.render(found), parse_constant=pytest.fail)


def test_words_of_the_report_that_are_sensitive_in_a_plan_do_not_take_the_report_apart() -> None:
    words = ["DANGEROUS", "SAFE TO APPLY", "details", "summary", "CAUTION", "storyizer-review", "Changes", "Findings"]
    table = change("aws_dynamodb_table.a", {"name": "a", "p": words}, None, sensitive={"p": True})
    found = reviewed(table)
    assert "DANGEROUS" in terminal.render(found).splitlines()[0]
    comment = markdown.render(found)
    assert comment.startswith(markdown.MARKER)
    assert "## DANGEROUS" in comment.splitlines()
    assert "> [!CAUTION]" in comment.splitlines()
    assert comment.count("<details>") == comment.count("</details>") == 1
    assert "DANGEROUS" in html_report.render(found)
    # In the plan's own values they are hidden all the same.
    other = change("aws_x.a", {"q": "old"}, {"q": "storyizer-review"})
    assert "storyizer-review" not in json_report.render(reviewed(table, other))


EVIL = (
    f"x ##[set-output name=verdict]safe ##vso[task.setvariable variable=a]b {'a' * 40} "
    f"::add-mask::DANGEROUS ::stop-commands::{'b' * 30} ::error::c"
)


def test_nothing_in_a_plan_speaks_to_the_ci_that_logs_the_report() -> None:
    lines = [f"a\n{words}\n::add-mask::x\nc" for words in ("::debug::y", "b2")]
    raw = change(f"aws_dynamodb_table.a[{json.dumps(EVIL)}]", {"name": EVIL, "t": lines[0]},
                 {"name": "y", "t": lines[1]}, replaced=True)  # fmt: skip
    raw |= {"index": EVIL, "action_reason": "replace_because_cannot_update", "module_address": f'module.m["{EVIL}"]'}
    raw["change"]["replace_paths"] = [["name"]]
    check = {"address": {"to_display": f"check.{EVIL}"}, "status": "fail",
             "instances": [{"status": "fail", "problems": [{"message": f"{EVIL}\n::error::x"}]}]}  # fmt: skip
    output = {"actions": ["create"], "before": None, "after": EVIL}
    found = reviewed(raw, checks=[check], output_changes={"o": output, EVIL: output})
    for text in renderings(found):
        assert not [line for line in text.splitlines() if re.match(r"\s*::", line)]
        assert not re.search(r"##(\[|vso\[)", text)
    assert json.loads(json_report.render(found))["outputs"][0]["after"] == EVIL


@pytest.mark.parametrize(
    "character", ["\u034f", "\u180b", "\u2800", "\uffa0", "\u17b4", "\U0001d173", "\u202e", "\x9b"]
)
def test_characters_that_nobody_sees_are_written_out(character: str) -> None:
    for text in renderings(reviewed(change(f'aws_x.a["a{character}b"]', {"p": 1}, {"p": f"c{character}d"})))[:-1]:
        assert character not in text


def _finding(address: str) -> Finding:
    return Finding("data-destroyed", Severity.CRITICAL, address, "r", "a")


@pytest.mark.parametrize(
    ("pattern", "address", "covered"),
    [
        ("aws_x.a[0]", "aws_x.a[0]", True),
        ("aws_x.a[0]", "aws_x.a0", False),
        ("aws_x.a", "aws_x.a[0]", False),
        ("aws_x.a", "module.m.aws_x.a", False),
        ("aws_x.a", "AWS_x.a", False),
        ("aws_x.?", "aws_x.a", False),
        ("aws_x.[ab]", "aws_x.a", False),
        ("aws_x.*", "aws_x.a[0]", True),
        ("aws_x.*", "module.m.aws_x.a", False),
        ("aws_x.ab*b", "aws_x.ab", False),
        ("module.*.aws_x.*", 'module.m["a.aws_y.b"].aws_y.a', False),
        ('aws_x.a["é"]', 'aws_x.a["e\u0301"]', False),
        ("aws_x.a*", "aws_x.a\nb", True),
    ],
)
def test_an_exception_covers_what_it_names_and_nothing_else(pattern: str, address: str, covered: bool) -> None:
    exemption = Exemption(pattern, "data-destroyed", "r", date(2027, 1, 1))
    assert exemption.covers(_finding(address)) is covered


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    began = time.process_time()
    assert not Exemption("*a" * 40 + "b", "data-destroyed", "r", date(2027, 1, 1)).covers(_finding("a" * 5_000))
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("address", ["*", "**", "*.*", " * "])
def test_an_exception_for_every_address_is_refused(tmp_path: Path, address: str) -> None:
    file = tmp_path / "review.toml"
    file.write_text(
        f'[[exception]]\naddress = "{address}"\nrule = "data-destroyed"\nreason = "r"\nexpires = 2027-01-01\n'
    )
    with pytest.raises(Failure) as failure:
        policy.load(file, "staging", date(2026, 1, 1))
    assert "every address" in failure.value.reason


@pytest.mark.parametrize("name", ["Production", "production ", "PRODUCTION"])
def test_an_environment_that_is_only_nearly_named_is_refused_and_not_passed_over(tmp_path: Path, name: str) -> None:
    file = tmp_path / "review.toml"
    file.write_text(f'[stop]\ndefault = "never"\n"{name}" = "high"\n')
    with pytest.raises(Failure) as failure:
        policy.load(file, "production", date(2026, 1, 1))
    assert name in failure.value.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([f"s3:Get{number}a*" for number in range(1_000)], [f"s3:Get{number}b*" for number in range(1_000)]),
        ("*a" * 40 + "*b*", "a" * 3_000),
        ("*a" * 300, "?*b" * 300),
    ],
)
def test_no_policy_takes_long_to_compare(before: list[str] | str, after: list[str] | str) -> None:
    policies = [{"policy": document(allow(actions))} for actions in (before, after)]
    began = time.process_time()
    found = reviewed(change("aws_iam_policy.a", *policies))
    assert time.process_time() - began < SECONDS
    assert [item.rule for item in found.findings] == ["iam-access-widened"]


@given(st.text("ab*?", max_size=7), st.text("ab", max_size=7))
def test_a_pattern_matches_what_the_expression_for_it_does(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(letter, letter) for letter in pattern)
    assert covers(pattern, text) is bool(re.fullmatch(expression, text))


def test_what_is_said_of_a_finding_beside_the_report_obeys_nothing_either() -> None:
    evil = "\x1b]8;;http://evil\x07click\x1b[2J\u202e"
    raw = change("aws_db_instance.a", {"snapshot_identifier": "a"}, {"snapshot_identifier": evil}, replaced=True)
    raw["change"]["replace_paths"] = [["snapshot_identifier"]]
    raw["action_reason"] = "replace_because_cannot_update"
    found = reviewed(raw)
    said = [found.because, *(item.reason for item in found.findings)]
    assert any("click" in text for text in said)
    assert not [text for text in said if re.search("[\x07\x1b\u202e]", text)]
