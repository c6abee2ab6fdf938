"""What is told to GitHub Actions arrives as it was meant, and nothing else is obeyed."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ci import github
from orchestrator.ci.result import Result
from orchestrator.errors import Failure

# What the runner does: a command is `::name` after white space at a line's beginning, or `##[name` anywhere.
OBEYED = re.compile(r"(?:^|[\r\n])\s*::|##\[")


def undone(text: str, *, is_property: bool) -> str:
    """What the runner makes of an escaped text, in its own order."""
    for code, plain in [("%0D", "\r"), ("%0A", "\n"), *([("%3A", ":"), ("%2C", ",")] if is_property else [])]:
        text = text.replace(code, plain)
    return text.replace("%25", "%")


@pytest.mark.parametrize(
    "text",
    ["::set-env name=PATH::/evil", "a\n::add-path::/evil", "  ::stop-commands::x", "x ##[command]y", "a\r::error::x"],
)
def test_nothing_that_is_printed_is_obeyed(text: str) -> None:
    assert not OBEYED.search(github.harmless(text))


@given(st.lists(st.text(alphabet=":#[ \t\r\nab", max_size=12), max_size=8))
def test_nothing_is_obeyed_however_it_is_cut_into_writes(parts: list[str]) -> None:
    into = io.StringIO()
    stream = github.HarmlessStream(into)
    for part in parts:
        stream.write(part)
        stream.flush()
    stream.close()
    assert not OBEYED.search(into.getvalue())
    assert re.sub(r"[ ]", "", into.getvalue()) == re.sub(r"[ ]", "", "".join(parts))


def test_the_whole_process_is_guarded_and_annotations_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    github.guard_streams()
    github.guard_streams()
    print("::set-output name=a::b")  # noqa: T201
    print("##[add-path]/evil", file=sys.stderr)  # noqa: T201
    github.tell([github.command("error", "told")])
    assert out.getvalue() == ": :set-output name=a::b\n::error ::told\n"
    assert err.getvalue() == "## [add-path]/evil\n"


@given(st.text(max_size=40), st.text(max_size=40))
def test_escaped_text_is_one_line_and_arrives_whole(title: str, message: str) -> None:
    line = github.command("warning", message, title=title)
    head, told = line.removeprefix("::warning title=").split("::", 1)
    assert undone(head, is_property=True) == title
    assert undone(told, is_property=False) == message
    assert "\n" not in line and "\r" not in line


def test_a_finding_that_stops_is_an_error_at_its_file(result: Result) -> None:
    lines = github.annotate(result, {"module.table.aws_dynamodb_table.this": ("terraform/modules/dynamodb/main.tf", 3)})
    assert lines[0] == (
        "::error title=critical data-replaced (staging),file=terraform/modules/dynamodb/main.tf,line=3::"
        "module.table.aws_dynamodb_table.this: The table is destroyed: 100%25 of it, a:b,c%0Afor good."
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert not any("backup-off" in line for line in lines)


def test_a_failure_of_the_stage_itself_is_an_error(result: Result) -> None:
    ended = replace(result, review=None, failure=Failure("no engine", reason="it does not answer"))
    assert github.annotate(ended, {}) == ["::error title=ci plan staging::no engine%0Ait does not answer"]


def test_a_summary_is_cut_at_whole_lines_and_says_so() -> None:
    text = "ä line\n" * 1000
    data = github.cut(text, 500)
    assert len(data) <= 500
    kept, _, note = data.decode().rpartition("\n\n")
    assert note == "The rest is in the report.\n"
    assert set(kept.splitlines()) == {"ä line"}
    assert github.cut("short", 500) == b"short"


def test_the_summary_s_limit_counts_what_is_there_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"x" * (github.SUMMARY_LIMIT_BYTES - 100))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    github.add_summary("a line\n" * 100)
    assert file.stat().st_size <= github.SUMMARY_LIMIT_BYTES


def test_an_output_cannot_begin_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    github.set_outputs({"url": "http://x\nEOF\nevil<<EOF\n1", "verdict": "safe"})
    found = re.findall(r"^(\S+)<<(end-[0-9a-f]{32})\n(.*?)\n\2\n", file.read_text(), re.MULTILINE | re.DOTALL)
    assert [(name, value) for name, _, value in found] == [
        ("url", "http://x\nEOF\nevil<<EOF\n1"), ("verdict", "safe"),
    ]  # fmt: skip


def test_outside_of_github_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    assert not github.is_runner()
    github.add_summary("x")
    github.set_outputs({"x": "y"})
