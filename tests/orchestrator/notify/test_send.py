"""A notice sent to an environment's hooks: whatever becomes of that, nothing is raised, and a line says so."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.console import Console
from orchestrator.notify import notice
from orchestrator.notify.notice import Event, Notice
from orchestrator.notify.send import send
from orchestrator.notify.webhook import Bounds
from orchestrator.project.environment import Environment
from tests.orchestrator.notify.receiver import Receiver

# Little is waited for between two attempts, and each has all the time that a busy machine may need.
QUICK = Bounds(attempts=2, attempt_seconds=60.0, total_seconds=120.0, pause_seconds=0.05)
BLUE = Environment("blue", "123456789012", "us-east-1", "X86_64", Path("blue.tfvars"))
NOTICE = Notice(
    Event.ROLLBACK, "blue", "the deploy to blue failed", "anna", "words did not start", "r7",
    commits={"words": ("abc1234 Other words",)},
)  # fmt: skip
KEYS = {
    "version", "event", "environment", "text", "at", "who", "reason", "release", "url", "report", "commits", "drift",
}  # fmt: skip


def test_a_document_says_what_who_why_and_where() -> None:
    said = NOTICE.document()
    assert set(said) == KEYS
    assert (said["event"], said["environment"], said["who"], said["release"]) == ("rollback", "blue", "anna", "r7")
    assert said["commits"] == {"words": ["abc1234 Other words"]}
    assert json.loads(json.dumps(said)) == said
    assert set(replace(NOTICE, event=Event.SUCCESS, release="", commits={}).document()) == KEYS


def test_the_pipeline_s_run_is_linked() -> None:
    github = {"GITHUB_SERVER_URL": "https://g", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"}
    assert notice.report_link(github) == "https://g/o/r/actions/runs/7"
    assert notice.report_link({"CI_JOB_URL": "https://l/-/jobs/1"}) == "https://l/-/jobs/1"
    assert notice.report_link({"GITHUB_RUN_ID": "7"}) == ""


def test_both_hooks_are_notified(receiver: Receiver, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())", str(out))
    send(replace(BLUE, notify_webhook=receiver.url, notify_command=words), NOTICE, Console(live=False), QUICK)
    assert receiver.received[0]["body"]["text"] == "the deploy to blue failed"
    assert json.loads(out.read_text())["event"] == "rollback"
    said = capfd.readouterr().err
    assert f"http://127.0.0.1:{receiver.port}/*** was notified of the rollback" in said
    assert "secret-token" not in said
    assert "hidden-key" not in said


def test_without_hooks_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    send(BLUE, NOTICE, Console(live=False), QUICK)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("webhook", "command", "reason"),
    [
        ("$NOT_SET_ANYWHERE", (), "$NOT_SET_ANYWHERE was not notified of the rollback: $NOT_SET_ANYWHERE is not set"),
        ("http://127.0.0.1:1/secret-token", (), "warning: http://127.0.0.1:1/*** was not notified of the rollback: no"),
        ("http://a b/secret-token", (), "was not notified"),
        ("http://127.0.0.1:99999/secret-token", (), "was not notified"),
        ("http://xn--/secret-token\N{SNOWMAN}", (), "was not notified"),
        ("", ("no-such-program-here",), "no-such-program-here was not notified of the rollback: it cannot be run"),
        ("", ("false",), "false was not notified of the rollback: it exited with 1 (2 attempts)"),
    ],
)
def test_a_hook_that_fails_is_a_warning_and_no_more(
    webhook: str, command: tuple[str, ...], reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    send(replace(BLUE, notify_webhook=webhook, notify_command=command), NOTICE, Console(live=False), QUICK)
    said = capfd.readouterr().err
    assert "warning: " in said
    assert reason in said
    assert "secret-token" not in said
