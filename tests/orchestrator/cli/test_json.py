"""`--json` on every verb: one object however the command ends, its fields as they are declared."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from orchestrator.cli import answer, main, usage
from orchestrator.cli.answers import common, deploy, inspect, operate, project
from orchestrator.cli.answers.every import ANSWERS, LINES
from orchestrator.cli.verb import Parser
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.schema import describe
from orchestrator.system import paths
from tests import answers

ERROR = {"message", "reason", "details", "next_step"}
# What a verb has to be given besides an environment.
NEEDED = {
    "apply": ["bundle"], "rollback": ["r1"], "releases": ["r1"], "logs": ["words"], "promote": ["local"],
    "exec": ["words"], "run": ["words"], "scale": ["words", "2"], "anywhere": ["register"],
    "review": ["/no/such/plan"], "ci": ["plan"], "lock": ["nothing"], "import": ["copilot", "/no/such/folder"],
}  # fmt: skip
# Those that name no environment.
WITHOUT = ("check", "import", "lock", "review", "test")


@pytest.mark.parametrize("verb", usage.VERBS)
def test_every_verb_has_it_and_says_in_its_help_so(verb: str) -> None:
    own = Parser(prog=verb)
    usage.VERBS[verb].options(own)
    assert answer.OPTION in own.names()
    assert answer.OPTION in own.format_help()


def test_every_verb_s_answer_is_declared_and_no_other() -> None:
    assert set(ANSWERS) == set(usage.VERBS)
    assert set(LINES) <= set(usage.VERBS)
    assert [verb for verb in ANSWERS if not ANSWERS[verb] and verb not in LINES] == []


def parts(hint: Any) -> Iterator[type]:
    """Every declared object in a type."""
    if dataclasses.is_dataclass(hint):
        yield hint  # type: ignore[misc]
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from parts(inner)
    elif get_origin(hint) is not None:
        for inner in get_args(hint):
            yield from parts(inner)


def test_every_field_is_described() -> None:
    forms = [form for kinds in (*ANSWERS.values(), *LINES.values()) for form in kinds]
    blank = {
        f"{part.__name__}.{key.name}" for form in forms for part in parts(form) for key in describe.keys(part).values()
        if not key.description
    }  # fmt: skip
    assert blank == set()


def test_what_several_answers_have_is_declared_once() -> None:
    own = Counter(
        f"{name}: {declared}"
        for module in (common, deploy, inspect, operate, project)
        for part in vars(module).values() if isinstance(part, type) and part.__module__ == module.__name__
        for name, declared in vars(part).get("__annotations__", {}).items() if "about(" in declared
    )  # fmt: skip
    assert len(own) > 100
    assert [declaration for declaration, times in own.items() if times > 1] == []


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the one object on standard output, and standard error."""
    code = main.main(list(arguments))
    said = capsys.readouterr()
    (line,) = said.out.splitlines()
    told: dict[str, Any] = json.loads(line)
    return code, told, said.err


@pytest.mark.parametrize("verb", usage.VERBS)
def test_wrong_usage_of_every_verb_is_one_object(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, err = run(capsys, verb, "--json", "--no-such-option")
    assert code == ExitCode.USAGE
    assert set(told) == {"environment", "exit_code", "error"}
    assert set(told["error"]) == ERROR
    assert (told["environment"], told["exit_code"]) == (None, 64)
    assert told["error"]["message"].startswith("wrong usage: ")
    assert told["error"]["next_step"]
    assert err.startswith(f"error: {told['error']['message']}\n")


@pytest.mark.parametrize("verb", [verb for verb in usage.VERBS if verb not in WITHOUT])
def test_an_environment_that_is_none_is_one_object(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    reason = ["--reason", "x"] if verb == "freeze" else []
    command = ["--", "ls"] if usage.VERBS[verb].takes_command else []
    code, told, err = run(capsys, verb, *NEEDED.get(verb, []), "nowhere", "--json", *reason, *command)
    assert (code, told["exit_code"]) == (64, 64)
    assert "nowhere" in told["error"]["message"]
    assert told["error"]["message"] in err


@pytest.mark.parametrize("verb", ["review", "lock", "import"])
def test_a_failure_of_a_verb_without_an_environment_is_one_object(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told, _ = run(capsys, verb, *NEEDED[verb], "--json")
    assert code == told["exit_code"] != 0
    assert told["environment"] is None
    assert told["error"]["message"]


def test_a_failure_names_its_environment_and_has_its_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.json({"environment": "staging"})
    answer.end(
        console, 4, Failure("it failed", reason="why", details=["a", "b"], next_step="do", exit_code=ExitCode(4))
    )
    assert json.loads(capsys.readouterr().out) == {
        "environment": "staging", "exit_code": 4,
        "error": {"message": "it failed", "reason": "why", "details": ["a", "b"], "next_step": "do"},
    }  # fmt: skip


def test_what_was_known_by_then_is_told_with_the_failure(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.json({"environment": None})
    console.json({"steps": []})
    answer.end(console, 1, Failure("one of the checks failed"))
    told = answers.read("check", capsys.readouterr().out)
    assert (told["steps"], told["exit_code"], told["error"]["reason"]) == ([], 1, None)


def test_a_stream_ends_with_its_failure_and_says_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(live=False)
    console.answer["environment"] = "local"
    answer.end(console, 0, None)
    assert capsys.readouterr().out == ""
    console.json_line({"at": None, "service": "words", "task": None, "message": ""})
    answer.end(console, 1, Failure("AWS cannot be reached"))
    first, last = answers.lines("logs", capsys.readouterr().out)
    assert (first["service"], last["environment"], last["exit_code"]) == ("words", "local", 1)


def test_what_stands_behind_the_dashes_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["exec", "words", "nowhere", "--", "ls", "--json"]) == 64
    assert capsys.readouterr().out == ""


def test_without_it_a_failure_prints_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["status", "nowhere"]) == 64
    assert capsys.readouterr().out == ""


def test_a_defect_is_an_object_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(paths, "WORK", tmp_path)
    monkeypatch.setattr("orchestrator.cli.verbs.inspect.verify.run", broken)
    code, told, _ = run(capsys, "verify", "--json")
    assert (code, told["environment"], told["error"]["reason"]) == (1, "local", "ZeroDivisionError: by zero")


@pytest.mark.parametrize("stops", [False, True])
def test_a_review_is_the_field_that_plan_has(stops: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = {"actions": ["delete"], "before": {"name": "stories"}, "after": None}
    table = {"address": "aws_dynamodb_table.stories", "mode": "managed", "type": "aws_dynamodb_table",
             "name": "stories", "change": change}  # fmt: skip
    plan = {"format_version": "1.2", "terraform_version": "1.11.4", "complete": True}
    (tmp_path / "plan.json").write_text(json.dumps(plan | {"resource_changes": [table] if stops else []}))
    code = main.main(["review", str(tmp_path / "plan.json"), "--json"])
    told = answers.read("review", capsys.readouterr().out)
    assert code == told["exit_code"] == (3 if stops else 0)
    assert told["review"]["stops"] is stops
    assert told["error"] is None
    assert main.main(["review", str(tmp_path / "plan.json"), "--format", "json"]) == code
    assert json.loads(capsys.readouterr().out) == told["review"]


def test_format_and_json_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run(capsys, "review", "-", "--format", "html", "--json")
    assert code == 64
    assert "not allowed with argument" in told["error"]["message"]


@pytest.mark.slow
def test_verbs_that_need_nothing_answer_as_declared(tmp_path: Path) -> None:
    """As they are typed: what the program itself writes before it knows the verb is in it."""
    file = tmp_path / "test_three.py"
    file.write_text(
        "import pytest\n\ndef test_a(): print('written')\n\ndef test_b(): assert False\n\n"
        "@pytest.mark.skip\ndef test_c(): pass\n"
    )
    typed = (
        ["doctor", "--json"], ["verify", "--json"],
        ["test", "--json", "-p", "no:cacheprovider", "-c", os.devnull, "--noconftest", str(file)],
    )  # fmt: skip
    told = {}
    for arguments in typed:
        done = subprocess.run(
            [sys.executable, "-m", "orchestrator.cli.main", *arguments], text=True, capture_output=True,
            cwd=paths.ROOT, check=False, stdin=subprocess.DEVNULL, env=dict(os.environ) | {"CI": ""},
        )  # fmt: skip
        told[arguments[0]] = answers.read(arguments[0], done.stdout)
        assert told[arguments[0]]["exit_code"] == done.returncode
    assert told["doctor"]["environment"] == told["verify"]["environment"] == "local"
    numbers = {name: told["test"][name] for name in ("environment", "tests", "failures", "errors", "skipped")}
    assert numbers == {"environment": None, "tests": 3, "failures": 1, "errors": 0, "skipped": 1}
