"""A plan is judged: findings ranked, counted once, nothing hidden by a rule that fails, the verdict with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from orchestrator.review import catalogue
from orchestrator.review.model import (
    Action,
    Check,
    Counts,
    Finding,
    Output,
    Plan,
    Resource,
    Severity,
    Verdict,
)
from orchestrator.review.policy import Exemption, Policy
from orchestrator.review.reading.structures import differences
from orchestrator.review.review import findings, review
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN


def resource(address: str = "test_thing.a", action: Action = Action.UPDATE, **more: Any) -> Resource:
    kind, name = address.split(".")[-2:]
    return Resource(address, "", kind, name, "", action, {}, {}, **more)


def rule(name: str, severity: Severity, *reasons: str, types: Iterable[str] = ("test_thing",)) -> Rule:
    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        for reason in reasons:
            yield Finding(name, severity, resource.address, reason, "Mend it.")

    return Rule(name, severity, f"title of {name}", "why", looks, frozenset(types))


def broken(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield Finding("half", Severity.LOW, resource.address, "Found before it failed.", "")
    raise KeyError("s3cret")


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *chosen: monkeypatch.setattr(catalogue, "RULES", chosen)


def test_the_worst_finding_is_first_then_by_rule_and_address(rules: Callable[..., None]) -> None:
    rules(rule("b", Severity.LOW, "x"), rule("c", Severity.CRITICAL, "x"), rule("a", Severity.LOW, "x"))
    found = review(Plan((resource("test_thing.z"), resource("test_thing.y")))).findings
    assert [(item.rule, item.address[-1]) for item in found] == [
        ("c", "y"), ("c", "z"), ("a", "y"), ("a", "z"), ("b", "y"), ("b", "z")
    ]  # fmt: skip


def test_the_same_finding_is_told_once(rules: Callable[..., None]) -> None:
    rules(rule("a", Severity.LOW, "x", "x", "y"), rule("a", Severity.LOW, "x"))
    assert [item.reason for item in review(Plan((resource(),))).findings] == ["x", "y"]


def test_a_rule_is_asked_only_about_its_types_and_about_what_changes() -> None:
    asked = []

    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        asked.append(resource.address)
        yield from ()

    plan = Plan(
        (
            resource("test_thing.a"),
            resource("other_thing.a"),
            resource("test_thing.b", Action.NO_OP),
            resource("test_thing.c", Action.NO_OP, moved_from="test_thing.d"),
            resource("test_thing.e", Action.READ, managed=False),
        )
    )
    list(findings(plan, [Rule("a", Severity.LOW, "", "", looks, frozenset(["test_thing"]))]))
    list(findings(plan, [Rule("b", Severity.LOW, "", "", looks)]))
    assert asked == ["test_thing.a", "test_thing.a", "other_thing.a"]


def test_a_rule_that_fails_hides_nothing_and_is_a_finding_itself(rules: Callable[..., None]) -> None:
    rules(rule("before", Severity.LOW, "x"), Rule("half", Severity.LOW, "half a rule", "", broken),
          rule("after", Severity.LOW, "x"))  # fmt: skip
    result = review(Plan((resource(), resource("test_thing.b"))))
    assert [(item.rule, item.address) for item in result.findings] == [
        ("not-judgeable", "test_thing.a"),
        ("not-judgeable", "test_thing.b"),
        *((name, f"test_thing.{letter}") for name in ("after", "before", "half") for letter in "ab"),
    ]
    failed = result.findings[0]
    assert failed.severity is Severity.MEDIUM
    assert "The rule half failed here with KeyError" in failed.reason
    assert "s3cret" not in repr(result)
    assert result.verdict is Verdict.CAREFUL


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [
        (Severity.LOW, Verdict.SAFE),
        (Severity.MEDIUM, Verdict.CAREFUL),
        (Severity.HIGH, Verdict.DANGEROUS),
        (Severity.CRITICAL, Verdict.DANGEROUS),
    ],
)
def test_the_verdict_is_that_of_the_worst_finding(
    rules: Callable[..., None], severity: Severity, verdict: Verdict
) -> None:
    rules(rule("low", Severity.LOW, "x"), rule("worst", severity, "y"))
    assert review(Plan((resource(),))).verdict is verdict


def test_the_reason_names_the_worst_and_how_many_more_are_as_bad_as_the_verdict(rules: Callable[..., None]) -> None:
    rules(rule("a", Severity.CRITICAL, "test_thing.a is replaced: everything in it is lost. Really."),
          rule("b", Severity.HIGH, "Bad.", "Worse."), rule("c", Severity.MEDIUM, "Hm."))  # fmt: skip
    assert review(Plan((resource(),))).because == "test_thing.a is replaced: everything in it is lost; and 2 more"


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("The door is open. Anyone can enter.", "test_thing.a: the door is open"),
        ("IAM is open.", "test_thing.a: IAM is open"),
        ("X", "test_thing.a: X"),
    ],
)
def test_the_reason_has_the_address_and_one_sentence(rules: Callable[..., None], reason: str, because: str) -> None:
    rules(rule("a", Severity.HIGH, reason))
    assert review(Plan((resource(),))).because == because


def test_what_the_policy_excepts_is_last_and_does_not_count(rules: Callable[..., None]) -> None:
    rules(rule("a", Severity.CRITICAL, "x"), rule("b", Severity.LOW, "y"))
    policy = Policy(Severity.HIGH, (Exemption("*", "a", "agreed", date.max),), date(2026, 1, 1))
    result = review(Plan((resource(),)), policy=policy)
    assert [(item.rule, item.excepted) for item in result.findings] == [("b", ""), ("a", "agreed")]
    assert (result.verdict, result.stops) == (Verdict.SAFE, False)
    assert result.because == "nothing is found that is more than worth knowing, 1 excepted by the policy"


def test_what_the_policy_has_to_say_is_in_the_review(rules: Callable[..., None]) -> None:
    rules(rule("a", Severity.CRITICAL, "x"))
    policy = Policy(Severity.HIGH, (Exemption("*", "a", "agreed", date(2025, 1, 1)),), date(2026, 1, 1))
    result = review(Plan((resource(),)), policy=policy)
    assert (result.verdict, result.stops) == (Verdict.DANGEROUS, True)
    assert "expired on 2025-01-01" in result.policy_notes[0]


def test_a_check_that_fails_is_a_reason_to_look_closely() -> None:
    checks = (Check("check.a", "fail", ("no",)), Check("check.b", "unknown"), Check("check.c", "error"))
    result = review(Plan(checks=checks))
    assert (result.verdict, result.because) == (Verdict.CAREFUL, "the check check.a fails; and 1 more")
    assert review(Plan(checks=checks[1:2])).verdict is Verdict.SAFE


def test_an_errored_plan_is_dangerous_and_stops_whatever_the_policy_says() -> None:
    result = review(Plan(errored=True, complete=False), policy=Policy(stop=None))
    assert (result.verdict, result.stops) == (Verdict.DANGEROUS, True)
    assert result.because == "the plan is errored: Terraform could not finish it"


def test_an_incomplete_plan_is_said_to_be_one(rules: Callable[..., None]) -> None:
    rules()
    result = review(Plan((resource(),), complete=False))
    assert result.verdict is Verdict.CAREFUL
    assert result.because.startswith("the plan is incomplete: there is more to come after it")


def test_a_plan_that_changes_nothing_says_so(rules: Callable[..., None]) -> None:
    rules()
    assert review(Plan()).because == "nothing changes"
    assert review(Plan(outputs=(Output("a", Action.CREATE, None, 1),))).because == "only outputs change"
    assert review(Plan((resource(),))).because == "nothing is lost, opened or weakened"


def test_a_plan_that_only_moves_images_is_told_as_a_deploy(rules: Callable[..., None]) -> None:
    rules()
    before, after = (
        {"container_definitions": json.dumps([{"name": "words", "image": f"words@sha256:{digit * 64}"}])}
        for digit in "ab"
    )
    kind = "aws_ecs_task_definition"
    task = Resource(
        f"{kind}.a", "", kind, "a", "", Action.REPLACE, before, after, differences=differences(before, after)
    )
    old, new = {"task_definition": "words:1"}, {"task_definition": UNKNOWN}
    service = Resource("aws_ecs_service.a", "", "aws_ecs_service", "a", "", Action.UPDATE, old, new,
                       differences=differences(old, new))  # fmt: skip
    result = review(Plan((task, service)))
    assert (result.verdict, result.because) == (Verdict.SAFE, f"deploys words {'a' * 12} → {'b' * 12}")
    assert result.counts == Counts(update=1, replace=1)
    assert review(Plan((task, service, resource()))).because == "nothing is lost, opened or weakened"


def test_a_secret_in_the_open_is_a_finding_and_not_in_the_review() -> None:
    secret = "k3J9xQ2mVb7LpZ4t"
    before, after = (
        {"container_definitions": json.dumps([
            {"name": "words", "image": f"words:{value}", "environment": [{"name": "DB_PASSWORD", "value": value}]}
        ])}
        for value in ("changed-" + secret, secret)
    )  # fmt: skip
    task = Resource("aws_ecs_task_definition.a", "", "aws_ecs_task_definition", "a", "", Action.REPLACE, before, after,
                    differences=differences(before, after))  # fmt: skip
    output = Output("url", Action.CREATE, None, f"https://words:{secret}@host")
    result = review(Plan((task,), outputs=(output,), checks=(Check("check.a", "fail", (f"not {secret}",)),)))
    assert "secret-in-plain-text" in [item.rule for item in result.findings]
    assert result.plan.secrets == {secret, "changed-" + secret}
    assert secret not in repr(result)


def test_a_replacement_counts_once_and_moves_imports_and_forgets_apart() -> None:
    plan = Plan(
        (
            resource("a.create", Action.CREATE),
            resource("a.update", Action.UPDATE),
            resource("a.replace", Action.REPLACE),
            resource("a.delete", Action.DELETE),
            resource("a.forget", Action.FORGET),
            resource("a.move", Action.NO_OP, moved_from="a.old"),
            resource("a.import", Action.NO_OP, import_id="x"),
            resource("a.both", Action.UPDATE, moved_from="a.older"),
            resource("a.same", Action.NO_OP),
            resource("a.data", Action.READ, managed=False),
        )
    )
    assert review(plan).counts == Counts(create=1, update=2, replace=1, delete=1, move=2, imported=1, forget=1)


def test_every_rule_has_an_id_of_its_own_and_says_why() -> None:
    assert len(catalogue.BY_ID) == len(catalogue.RULES)
    for one in catalogue.RULES:
        assert one.id == one.id.lower().replace("_", "-").replace(" ", "-")
        assert one.title
        assert one.why
