"""Which findings stop, which may pass and until when; a slip in the policy file never opens a door."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.review import catalogue
from orchestrator.review.model import Finding, Severity
from orchestrator.review.policy import BUILT_IN, Exemption, Policy, load

TODAY = date(2026, 11, 22)
RULE = "not-judgeable"
ADDRESS = 'module.service["words"].aws_lb.this'
EXCEPTION = f"""
[[exception]]
address = '{ADDRESS}'
rule = "{RULE}"
reason = "moves on Friday"
expires = 2026-11-22
"""


def finding(severity: Severity = Severity.HIGH, address: str = ADDRESS, rule: str = RULE) -> Finding:
    return Finding(rule, severity, address, "It is bad.", "Mend it.")


def policy(tmp_path: Path, text: str, environment: str = "staging", today: date = TODAY) -> Policy:
    file = tmp_path / "review.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environment, today)


@pytest.mark.parametrize(
    ("severity", "stops"),
    [(Severity.LOW, False), (Severity.MEDIUM, False), (Severity.HIGH, True), (Severity.CRITICAL, True)],
)
def test_without_a_file_high_and_critical_stop(severity: Severity, stops: bool) -> None:
    assert BUILT_IN.apply([finding(severity)]) == ((finding(severity),), stops, ())


@pytest.mark.parametrize(
    ("environment", "stop"),
    [("local", None), ("staging", Severity.MEDIUM), ("production", Severity.LOW), ("", Severity.LOW)],
)
def test_each_environment_has_its_own_severity_and_the_others_the_default(
    tmp_path: Path, environment: str, stop: Severity | None
) -> None:
    text = '[stop]\ndefault = "low"\nlocal = "never"\nstaging = "medium"'
    assert policy(tmp_path, text, environment).stop == stop


def test_an_empty_file_stops_at_high(tmp_path: Path) -> None:
    assert policy(tmp_path, "") == Policy(Severity.HIGH, (), TODAY)


def test_never_stops_at_nothing() -> None:
    assert Policy(stop=None).apply([finding(Severity.CRITICAL)])[1] is False


def test_an_exception_lets_its_finding_pass_with_its_reason_and_nothing_else(tmp_path: Path) -> None:
    other, elsewhere = finding(rule="iam-admin"), finding(address="aws_lb.other")
    judged, stops, notes = policy(tmp_path, EXCEPTION).apply([finding(), other, elsewhere])
    assert [item.excepted for item in judged] == ["moves on Friday", "", ""]
    assert (stops, notes) == (True, ())
    assert policy(tmp_path, EXCEPTION).apply([finding()])[1] is False


def test_an_exception_counts_on_its_last_day_and_not_after_it(tmp_path: Path) -> None:
    judged, stops, notes = policy(tmp_path, EXCEPTION, today=date(2026, 11, 23)).apply([finding()])
    assert (judged[0].excepted, stops) == ("", True)
    assert notes == (f"the exception for {RULE} at {ADDRESS} expired on 2026-11-22 and does not count",)


def test_an_exception_that_matches_nothing_is_told(tmp_path: Path) -> None:
    assert policy(tmp_path, EXCEPTION).apply([])[2] == (
        f"the exception for {RULE} at {ADDRESS} matches nothing in this plan",
    )


def test_an_exception_is_only_for_its_environments(tmp_path: Path) -> None:
    text = EXCEPTION + 'environments = ["staging"]'
    assert policy(tmp_path, text, "staging").apply([finding()])[1] is False
    assert policy(tmp_path, text, "production").apply([finding()])[1:] == (True, ())


@pytest.mark.parametrize(
    ("pattern", "address", "covers"),
    [
        (ADDRESS, ADDRESS, True),
        ("module.service[*].aws_lb.this", ADDRESS, True),
        ("module.*", ADDRESS, True),
        ("*", ADDRESS, True),
        ("module.service", ADDRESS, False),
        ("aws_lb.this", ADDRESS, False),
        (ADDRESS.upper(), ADDRESS, False),
        ("a.b[0]", "a.b0", False),
        ("a.b[0]", "a.b[0]", True),
        ("a.b?", "a.bc", False),
        ("a.b", "axb", False),
        ("a.*", 'a.b["x\ny"]', True),
    ],
)
def test_an_address_is_exact_but_for_stars(pattern: str, address: str, covers: bool) -> None:
    assert Exemption(pattern, RULE, "x", TODAY).covers(finding(address=address)) is covers


def entry(**changed: str) -> str:
    values = {"address": '"a.b"', "rule": f'"{RULE}"', "reason": '"why"', "expires": "2027-01-31"} | changed
    return "[[exception]]\n" + "\n".join(f"{name} = {value}" for name, value in values.items() if value)


@pytest.mark.parametrize(
    ("text", "reason", "next_step"),
    [
        ("stop = 1", "`stop` that is not a table", 'default = "high"'),
        ('[stop]\nstaging = "hihg"', "staging = 'hihg' is no severity", "low, medium, high, critical, never"),
        ("[stop]\nstaging = true", "staging = True is no severity", "in quotes"),
        ("[stops]", "unknown key: stops", "exception, stop"),
        ("exception = 1", "not a list of tables", "[[exception]]"),
        ("[exception]\nrule = 1", "not a list of tables", "[[exception]]"),
        (entry() + "\n" + entry(until="1"), "exception 2 has an unknown key: until", "address, environments, expires"),
        (entry(rule='"no-such-rule"'), "a rule that does not exist: no-such-rule", RULE),
        (entry(rule=""), "exception 1 has no rule", "all of these"),
        (entry(reason=""), "exception 1 has no reason", "all of these"),
        (entry(reason='" "'), "exception 1 has no reason", "all of these"),
        (entry(address="3"), "exception 1 has no address", "all of these"),
        (entry(expires=""), "no day on which it expires", "expires = 2027-01-31"),
        (entry(expires='"2027-01-31"'), "no day on which it expires", "without quotes"),
        (entry(expires="2027-01-31T00:00:00Z"), "no day on which it expires", "without quotes"),
        (entry(environments='"staging"'), "not a list of names", '["staging"]'),
        (entry(environments="[]"), "for no environment", "leave `environments` out"),
        ("[stop", "is not TOML", "quotes"),
        ("a = 1\na = 2", "is not TOML", "quotes"),
    ],
)
def test_a_slip_is_refused_with_the_file_and_what_to_write(
    tmp_path: Path, text: str, reason: str, next_step: str
) -> None:
    with pytest.raises(Failure) as caught:
        policy(tmp_path, text)
    assert "review.toml" in caught.value.message
    assert reason in caught.value.reason
    assert next_step in caught.value.next_step


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be used"):
        load(tmp_path / "missing.toml", "", TODAY)
    with pytest.raises(Failure, match="cannot be used"):
        load(tmp_path, "", TODAY)
    (tmp_path / "latin.toml").write_bytes(b'[stop]\nstaging = "\xe4"')
    with pytest.raises(Failure) as caught:
        load(tmp_path / "latin.toml", "", TODAY)
    assert caught.value.reason == "is not UTF-8"


def test_this_projects_policy_stops_wherever_others_are_served() -> None:
    file = Path(__file__).parents[2] / "terraform" / "review.toml"
    stops = {name: load(file, name, TODAY).stop for name in ("local", "staging", "production", "another")}
    assert stops == {"local": None, "staging": Severity.HIGH, "production": Severity.HIGH, "another": Severity.HIGH}


def test_the_example_in_this_projects_policy_is_understood(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[2] / "terraform" / "review.toml").read_text().splitlines()
    start = lines.index("# [[exception]]")
    example = "\n".join(line.removeprefix("# ") for line in lines[start:])
    (exemption,) = policy(tmp_path, example).exemptions
    assert exemption.rule in catalogue.BY_ID
