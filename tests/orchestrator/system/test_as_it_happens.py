"""What CI prints while the tests run."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.as_it_happens import LINES, AsItHappens

TEST = "tests/test_x.py::test_y"


def report(
    when: Literal["setup", "call"], outcome: Literal["passed", "failed"], seconds: float, text: str
) -> pytest.TestReport:
    return pytest.TestReport(TEST, ("tests/test_x.py", 1, "test_y"), {}, outcome, text, when, duration=seconds)


def test_a_failure_is_shown_when_it_happens_with_the_end_of_its_text() -> None:
    said: list[str] = []
    now = iter((100.0, 100.0, 220.0))
    plugin = AsItHappens(said.append, lambda: next(now))
    plugin.pytest_runtest_logstart(TEST)
    plugin.pytest_runtest_logreport(report("setup", "failed", 12, "\n".join(str(line) for line in range(1000))))
    lines = said[0].splitlines()
    assert lines[0] == f"[2 min] FAILED in setup: {TEST} (12 s)"
    assert lines[1:] == [str(line) for line in range(1000)][-LINES:]


def test_what_runs_is_said_and_what_took_long() -> None:
    said: list[str] = []
    now = 100.0
    plugin = AsItHappens(said.append, lambda: now)
    assert {plugin}, "pytest keeps plugins in sets"
    plugin.pytest_runtest_logstart(TEST)
    now = 190.0
    assert plugin.running() == f"[2 min] 0 tests have ended; running: {TEST} (90 s)"
    plugin.pytest_runtest_logreport(report("setup", "passed", 90, ""))
    plugin.pytest_runtest_logreport(report("call", "passed", 15, ""))
    assert not said
    plugin.pytest_runtest_logfinish(TEST)
    assert said == [f"[2 min] {TEST} took 105 s"]
    assert plugin.running() == "[2 min] 1 tests have ended; running: none"


@pytest.mark.parametrize(
    ("ci", "worker", "wanted"), [("true", None, True), ("true", "gw0", False), (None, None, False)]
)
def test_it_is_for_ci_and_for_the_process_that_sums_up(
    monkeypatch: pytest.MonkeyPatch, ci: str | None, worker: str | None, wanted: bool
) -> None:
    for name, value in (("CI", ci), ("PYTEST_XDIST_WORKER", worker)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert AsItHappens.wanted() is wanted
