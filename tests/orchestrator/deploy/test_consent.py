"""What was deleted outside of Terraform is not made again before somebody has seen that it held something."""

from __future__ import annotations

import json
import os
import pty
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestrator.bundle import on_disk as bundles
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.ci import stage as ci
from orchestrator.cli import approval
from orchestrator.console import Console
from orchestrator.deploy import apply_bundle, consent, plan_bundle
from orchestrator.deploy.planning import Planned
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment
from orchestrator.review import policy
from orchestrator.review.model import Action, Plan, Resource, Review, Severity
from orchestrator.review.policy import Exemption, Policy
from orchestrator.review.render import json as review_json
from orchestrator.review.review import review

TABLE = "module.table.aws_dynamodb_table.this"
LOGS = 'module.service["words"].aws_cloudwatch_log_group.this'
RULE = "module.load_balancer.aws_lb_listener_rule.this"
LOCAL = Policy(stop=None, today=date(2026, 1, 1))


def deleted(*addresses: str, rules: Policy = LOCAL) -> Review:
    """The review of a plan that makes these again, and nothing else."""
    gone = tuple(
        Resource(address, "", address.split(".")[-2], "this", "", Action.DELETE, {"name": "it"}, None)
        for address in addresses
    )
    again = tuple(replace(item, action=Action.CREATE, before=None, after={"name": "it"}) for item in gone)
    return review(Plan(resources=again, drift=gone), policy=rules)


def excepting(*addresses: str) -> Policy:
    """A policy that stops nothing and lets these pass."""
    until = date(2026, 2, 1)
    return replace(LOCAL, exemptions=tuple(Exemption(it, "deleted-outside", "empty", until) for it in addresses))


def addresses(review: Review, seen: frozenset[str] = frozenset()) -> list[str]:
    """What somebody must be asked about."""
    return [item.address for item in consent.missing(review, seen)]


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard input is no terminal."""
    with open(os.devnull) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A person at a terminal who types what the test says."""
    opened = []

    def typing(text: str) -> None:
        keyboard, terminal = pty.openpty()
        os.write(keyboard, text.encode() + b"\n")
        stream = os.fdopen(terminal)
        opened.append((keyboard, stream))
        monkeypatch.setattr(sys, "stdin", stream)

    yield typing
    for keyboard, stream in opened:
        stream.close()
        os.close(keyboard)


def decide(tmp_path: Path, review: Review, name: str = "local", *, yes: bool = False, holds_data: bool = True) -> bool:
    """`up`'s decision; True if the plan is still there to be applied."""
    file = tmp_path / "environment.tfplan"
    file.write_text("a plan")
    try:
        approval.decide(
            environment.load(name), Planned(file, review), Console(live=False), assume_yes=yes, holds_data=holds_data
        )
    finally:
        left = file.exists()
    return left


def test_only_what_held_something_needs_somebody_s_word() -> None:
    assert addresses(deleted(TABLE, RULE, LOGS)) == [TABLE, LOGS]
    assert addresses(deleted(RULE)) == []
    assert addresses(deleted()) == []


def test_an_exception_or_having_seen_it_is_somebody_s_word() -> None:
    assert addresses(deleted(TABLE, LOGS, rules=excepting(TABLE))) == [LOGS]
    assert addresses(deleted(TABLE, LOGS), frozenset({LOGS})) == [TABLE]
    expired = replace(excepting(TABLE), today=date(2026, 2, 2))
    assert addresses(deleted(TABLE, rules=expired)) == [TABLE]


@pytest.mark.parametrize("yes", [False, True])
def test_where_nobody_can_answer_nothing_is_applied_whatever_yes_says(tmp_path: Path, nobody: None, yes: bool) -> None:
    with pytest.raises(Failure) as caught:
        decide(tmp_path, deleted(TABLE, LOGS, RULE), yes=yes)
    failure = caught.value
    assert failure.exit_code == ExitCode.STOPPED_BY_REVIEW
    assert failure.message == (f"nothing was applied to local: {TABLE} and {LOGS} were deleted outside of Terraform")
    assert "--yes is no answer to this" in failure.reason
    assert [line.split(":")[0] for line in failure.details] == [
        f"critical deleted-outside {TABLE}", f"high deleted-outside {LOGS}"
    ]  # fmt: skip
    assert not (tmp_path / "environment.tfplan").exists()


def test_what_lost_nothing_asks_nothing(tmp_path: Path, nobody: None) -> None:
    assert decide(tmp_path, deleted(RULE))
    assert decide(tmp_path, deleted())


def test_an_exception_goes_on_without_a_question(tmp_path: Path, nobody: None) -> None:
    assert decide(tmp_path, deleted(TABLE, rules=excepting(TABLE)))


def test_what_was_never_live_holds_nothing(tmp_path: Path, nobody: None) -> None:
    assert decide(tmp_path, deleted(TABLE), holds_data=False)


@pytest.mark.parametrize(("name", "answer"), [("local", "yes"), ("staging", "yes"), ("production", "production")])
def test_the_right_answer_is_the_only_question(
    tmp_path: Path, types: Callable[[str], None], capsys: pytest.CaptureFixture[str], name: str, answer: str
) -> None:
    types(answer)
    assert decide(tmp_path, deleted(TABLE), name)
    asked = capsys.readouterr().err
    assert f"What was in {TABLE} is gone. Make it again, empty, and apply this to {name}?" in asked
    assert "Apply this to" not in asked


@pytest.mark.parametrize(("name", "answer"), [("local", "no"), ("local", ""), ("production", "yes")])
@pytest.mark.parametrize("yes", [False, True])
def test_any_other_answer_applies_nothing(
    tmp_path: Path, types: Callable[[str], None], name: str, answer: str, yes: bool
) -> None:
    types(answer)
    with pytest.raises(Failure, match=f"nothing was applied to {name}") as caught:
        decide(tmp_path, deleted(TABLE), name, yes=yes)
    assert caught.value.exit_code == ExitCode.STOPPED_BY_REVIEW
    assert "was not answered with" in caught.value.reason
    assert not (tmp_path / "environment.tfplan").exists()


def test_the_exception_that_is_printed_is_one(tmp_path: Path, nobody: None) -> None:
    today = datetime.now(UTC).date()
    for address in (TABLE, LOGS, """aws_dynamodb_table.this["it's"]"""):
        with pytest.raises(Failure) as caught:
            decide(tmp_path, deleted(address))
        text = caught.value.next_step[caught.value.next_step.index("[[exception]]") :]
        assert tomllib.loads(text)["exception"][0]["environments"] == ["local"]
        file = tmp_path / "review.toml"
        file.write_text(f'[stop]\nlocal = "never"\n{text}\n')
        assert addresses(deleted(address, rules=policy.load(file, "local", today))) == []
        assert addresses(deleted(address, rules=policy.load(file, "staging", today))) == [address]


def test_many_are_named_in_part(tmp_path: Path, nobody: None) -> None:
    many = [f'module.service["s{number}"].aws_cloudwatch_log_group.this' for number in range(8)]
    with pytest.raises(Failure) as caught:
        decide(tmp_path, deleted(*many))
    assert many[4] in caught.value.message
    assert many[5] not in caught.value.message
    assert "and 3 more were deleted" in caught.value.message
    assert len(caught.value.details) == 8
    assert "each by one of these" in caught.value.next_step


def bundle_of(folder: Path, review: Review) -> Bundle:
    """A bundle with that review."""
    texts = ("local", "000000000000", "us-east-1", "", "", "me", "1.11.4")
    facts = Bundle(*texts, {}, {}, StateId("a", 1), {}, has_changes=True, stops=False)
    renderings = dict.fromkeys(bundles.RENDERINGS, "") | {bundles.REVIEW_JSON: review_json.render(review)}
    return bundles.write(folder, facts, None, renderings)


def test_who_applies_a_bundle_has_read_what_its_review_tells(tmp_path: Path) -> None:
    made = bundle_of(tmp_path / "bundle", deleted(TABLE, RULE))
    assert consent.seen(made) == {TABLE}
    assert addresses(deleted(TABLE, LOGS), consent.seen(made)) == [LOGS]


def test_a_bundle_whose_review_was_written_before_there_was_such_a_finding_tells_nothing(tmp_path: Path) -> None:
    made = bundle_of(tmp_path / "bundle", deleted(TABLE))
    told = json.loads(made.file(bundles.REVIEW_JSON).read_text())
    del told["deleted_outside"]
    older = dict.fromkeys(bundles.RENDERINGS, "") | {bundles.REVIEW_JSON: json.dumps(told)}
    assert consent.seen(bundles.write(tmp_path / "older", made, None, older)) == frozenset()


def test_a_bundle_whose_review_has_the_format_of_before_tells_the_same(tmp_path: Path) -> None:
    made = bundle_of(tmp_path / "bundle", deleted(TABLE))
    told = json.loads(made.file(bundles.REVIEW_JSON).read_text()) | {"format": 1}
    del told["coverage"]
    older = dict.fromkeys(bundles.RENDERINGS, "") | {bundles.REVIEW_JSON: json.dumps(told)}
    assert consent.seen(bundles.write(tmp_path / "older", made, None, older)) == {TABLE}


def test_a_review_that_was_changed_is_nobody_s_word(tmp_path: Path) -> None:
    made = bundle_of(tmp_path / "bundle", deleted())
    made.file(bundles.REVIEW_JSON).write_text(review_json.render(deleted(TABLE)))
    with pytest.raises(Refused, match=r"review\.json is not what was reviewed"):
        consent.seen(made)


def test_a_bundle_is_applied_if_its_review_told_it_and_else_asked_about(tmp_path: Path, nobody: None) -> None:
    local = environment.load("local")
    told = bundle_of(tmp_path / "told", deleted(TABLE))
    apply_bundle._agreed(told, deleted(TABLE), local, Console(live=False))
    silent = bundle_of(tmp_path / "silent", deleted())
    with pytest.raises(Failure, match="nothing was applied to local") as caught:
        apply_bundle._agreed(silent, deleted(TABLE), local, Console(live=False))
    assert caught.value.exit_code == ExitCode.STOPPED_BY_REVIEW


def test_a_pipeline_goes_on_only_with_what_the_reviewed_plan_told(tmp_path: Path, types: Callable[[str], None]) -> None:
    staging = environment.load("staging")
    again = plan_bundle.Made(bundle_of(tmp_path / "again", deleted(TABLE)), deleted(TABLE), (), ())
    ci._seen(staging, bundle_of(tmp_path / "told", deleted(TABLE)), again)
    types("yes")  # nobody is asked in a pipeline
    with pytest.raises(Failure, match="nothing was applied to staging") as caught:
        ci._seen(staging, bundle_of(tmp_path / "silent", deleted()), again)
    assert caught.value.exit_code == ExitCode.STOPPED_BY_REVIEW
    assert "says nothing of it" in caught.value.reason
    assert "ci plan staging" in caught.value.next_step


def test_the_finding_stops_where_the_policy_stops_its_severity() -> None:
    assert deleted(TABLE, rules=replace(LOCAL, stop=Severity.HIGH)).stops
    assert not deleted(RULE, rules=replace(LOCAL, stop=Severity.HIGH)).stops
