"""Sessions on AWS: what has to be there, the plugin's command line, and the exit code through a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.operate import relay, session_manager
from orchestrator.operate.relay import Marks
from orchestrator.system import childenv, paths

AGENT = {"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}
SERVICE = {"enableExecuteCommand": True}
RELAYED = """
import os, sys
from orchestrator.operate import relay
marks = relay.Marks("abc")
code = relay.run(["sh", "-c", marks.script(sys.argv[1])], dict(os.environ), marks)
print(f"[{code} {marks.code} {marks.began}]")
"""


def task(agents: list[dict[str, Any]] | None = None, enabled: bool = True) -> dict[str, Any]:
    container = {"name": "words", "runtimeId": "runtime-1", "managedAgents": [AGENT] if agents is None else agents}
    return {
        "taskArn": "arn:aws:ecs:r:1:task/c/0123456789ab",
        "enableExecuteCommand": enabled,
        "containers": [container],
    }


@pytest.mark.parametrize(
    ("service", "seen", "message", "next_step"),
    [
        ({}, task(), "staging does not allow sessions", "enable_execute_command = true"),
        (SERVICE, task(enabled=False), "takes no session", "status staging"),
        (SERVICE, task([]), "is missing", "--task ID"),
        (SERVICE, task([{**AGENT, "lastStatus": "STOPPED", "reason": "no way out"}]), "stopped: no way out", "--task"),
    ],
)
def test_what_keeps_a_session_from_a_task_is_said(
    service: dict[str, Any], seen: dict[str, Any], message: str, next_step: str
) -> None:
    with pytest.raises(Failure, match=message) as refused:
        session_manager.check(service, seen, "words", "staging", "staging.tfvars")
    assert next_step in refused.value.next_step


def test_a_task_with_its_agent_takes_sessions() -> None:
    session_manager.check(SERVICE, task(), "words", "staging", "staging.tfvars")


def test_without_the_plugin_it_is_said_where_it_is_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(childenv, "SYSTEM_FOLDERS", ())
    with pytest.raises(PrerequisiteMissing, match="session-manager-plugin is not installed") as missing:
        session_manager.check_plugin()
    assert "install-plugin" in missing.value.next_step


def test_the_plugin_is_started_as_the_aws_cli_starts_it() -> None:
    session = {"sessionId": "s", "streamUrl": "wss://x", "tokenValue": "t"}
    container = task()["containers"][0]
    told = session_manager.arguments(session, "eu-west-1", "storyizer-staging", task(), container)
    assert (told[0], json.loads(told[1]), told[2:5]) == (
        "session-manager-plugin", session, ["eu-west-1", "StartSession", ""],
    )  # fmt: skip
    assert json.loads(told[5]) == {"Target": "ecs:storyizer-staging_0123456789ab_runtime-1"}
    assert told[6] == "https://ssm.eu-west-1.amazonaws.com"
    assert session_manager.arguments(session, "cn-north-1", "c", task(), container)[6].endswith(".amazonaws.com.cn")


STREAM = b"Starting session\r\n\x1eabc+\x1eone\r\ntwo\x1ethree\r\n\x1eabc=12\x1eExiting session\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, len(STREAM)])
def test_what_is_between_the_marks_is_shown_however_it_comes(size: int) -> None:
    marks = Marks("abc")
    shown = b"".join(marks.feed(STREAM[start : start + size]) for start in range(0, len(STREAM), size))
    assert (shown, marks.code, marks.began) == (b"one\r\ntwo\x1ethree\r\n", 12, True)
    assert marks.before == b"Starting session\r\n"


def test_a_lone_separator_is_not_held_back_for_long() -> None:
    marks = Marks("abc")
    marks.feed(b"\x1eabc+\x1e")
    assert marks.feed(b"x\x1e") + marks.feed(b"0123456789 and on") == b"x\x1e0123456789 and on"


def relayed(script: str, stdin: str = "") -> str:
    """What comes out of a program in a terminal of its own."""
    done = subprocess.run(
        [sys.executable, "-c", RELAYED, script], cwd=paths.ROOT, input=stdin, text=True, capture_output=True,
        check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_the_exit_code_comes_through_a_terminal() -> None:
    assert relayed("echo out; test -t 0 && echo a terminal; sh -c 'exit 7'") == "out\na terminal\n[0 7 True]\n"


def test_input_and_its_end_reach_the_command() -> None:
    assert "hello\n" in relayed("stty -echo; cat", "hello\n")


def test_a_program_that_ends_early_leaves_no_exit_code() -> None:
    assert relayed("kill -9 $$").endswith("[137 None True]\n")
    assert relay.Marks("abc").code is None
