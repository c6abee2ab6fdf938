"""`review` as it is typed: any plan in, the report on standard output, the exit code by the policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import Failure
from orchestrator.review.reading.parse import parse

ROOT = Path(__file__).parents[2]
SAFE = {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [], "complete": True}
DANGEROUS = SAFE | {
    "resource_changes": [
        {
            "address": "aws_dynamodb_table.stories",
            "mode": "managed",
            "type": "aws_dynamodb_table",
            "name": "stories",
            "change": {"actions": ["delete"], "before": {"name": "stories"}, "after": None},
        }
    ]
}

WRAPPED = b"""\
[command]/opt/hostedtoolcache/terraform/terraform-bin show -json plan
{"format_version":"1.2","terraform_version":"1.11.4"}
::debug::Terraform exited with code 0.
::set-output name=exitcode::0
"""


def review(*arguments: str, plan: Any = None, data: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does, the plan on standard input."""
    given = json.dumps(plan).encode() if data is None else data
    command = [sys.executable, "-m", "orchestrator.cli.main", "review", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, env=os.environ | {"CI": "1"})
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "json"])
def test_every_format_goes_to_standard_output_and_nothing_else_is_said(form: str) -> None:
    done = review("-", "--format", form, plan=SAFE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing changes" in done.stdout.lower()
    assert done.stdout.endswith("\n")
    assert not done.stdout.endswith("\n\n")


def test_a_dangerous_plan_is_reported_and_stops() -> None:
    done = review("-", "--format", "json", plan=DANGEROUS)
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"] == "dangerous"
    assert "stopped by the review" in done.stderr
    assert "aws_dynamodb_table.stories" in done.stderr


def test_the_environments_part_of_the_policy_counts(tmp_path: Path) -> None:
    policy = tmp_path / "review.toml"
    policy.write_text('[stop]\nlocal = "never"\n')
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(DANGEROUS))
    codes = {
        name: review(str(plan), "--policy", str(policy), "--environment", name).returncode
        for name in ("local", "staging")
    }
    assert codes == {"local": 0, "staging": 3}


@pytest.mark.parametrize(
    ("arguments", "data", "words"),
    [
        (["/no/such/file"], b"", ["/no/such/file cannot be read", "No such file", "terraform show -json"]),
        (["."], b"", ["cannot be read", "directory"]),
        (["-"], b"", ["standard input is empty", "terraform show -json"]),
        (["-"], b"[1", ["standard input ends in the middle", "line 1, column 3"]),
        (["-", "--policy", "/no/such/policy"], b"{}", ["/no/such/policy", "does not exist"]),
    ],
)
def test_what_cannot_be_reviewed_ends_in_one_message(arguments: list[str], data: bytes, words: list[str]) -> None:
    done = review(*arguments, data=data)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_that_a_shell_writes_is_read(encoding: str) -> None:
    plan = {"text": "größer → 😀"}
    assert parse(json.dumps(plan, ensure_ascii=False).encode(encoding), "x") == plan


def test_a_standard_output_that_cannot_take_every_character_still_gets_the_report() -> None:
    plan = json.loads(json.dumps(DANGEROUS).replace("stories", "sto→ries\\ud800"))
    command = [sys.executable, "-m", "orchestrator.cli.main", "review", "-"]
    for encoding in ("ascii", "utf-8"):
        environment = os.environ | {"CI": "1", "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, cwd=ROOT, input=json.dumps(plan).encode(), capture_output=True, env=environment)
        assert done.returncode == 3
        assert b"ries" in done.stdout


EVENTS = b'{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info","@message":"Plan"}\n'


@pytest.mark.parametrize(
    ("data", "message", "reason"),
    [
        (b" \n", "x is empty", "may have failed"),
        (b"PK\x03\x04rest", "saved plan, not its JSON", "binary"),
        (b"\xff\xfe\xff", "x is not text", ""),
        (b"\x80abc", "x is not text", ""),
        (EVENTS, "event stream", "no attribute values"),
        (b"Terraform will perform the following actions:\n", "prints for people", "leaves values out"),
        (b"a.b: Refreshing state... [id=x]\n", "prints for people", "leaves values out"),
        (b'{"a": "b', "ends in the middle", "line 1"),
        (b'{"a": [1, 2', "ends in the middle", "line 1, column 12 (character 11 of 11)"),
        (b'{"a": 1,\n "b": tru', "ends in the middle", "line 2"),
        (b'{"a": 1}\n{"b": 2}', "x has something behind the end of its JSON", "8 characters more at line 2, column 1"),
        (b'{"a": 1}}', "x has something behind the end of its JSON", "then comes `}` at line 1, column 9"),
        (b"[1] [", "x is not JSON", "Extra data at line 1"),
        (
            b"[command]terraform show -json plan\nerror\n",
            "x holds what the wrapper of hashicorp/setup-terraform",
            "::debug",
        ),
        (b"{'a': 1}", "x is not JSON", "line 1, column 2"),
        (b"[" * 100_000, "nested too deep", "levels"),
    ],
)
def test_what_is_no_json_is_told_for_what_it_is(data: bytes, message: str, reason: str) -> None:
    with pytest.raises(Failure, match=message.replace("(", r"\(")) as caught:
        parse(data, "x")
    assert reason in caught.value.reason
    assert "terraform show -json" in caught.value.next_step


def test_numbers_of_thousands_of_digits_are_read() -> None:
    digits = "9" * 10_000
    assert parse(f'{{"a": {digits}, "b": 12}}'.encode(), "x") == {"a": digits, "b": 12}
