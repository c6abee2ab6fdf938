"""The report as text for a terminal, as Markdown and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from orchestrator.importing.report import Outcome, Report, Row
from orchestrator.importing.tree import shown
from orchestrator.system import plain

_MARKS = {
    Outcome.PROBLEM: "PROBLEM", Outcome.NONE: "none", Outcome.CHANGED: "changed", Outcome.ADDED: "added",
    Outcome.CARRIED: "carried",
}  # fmt: skip
_MEANINGS = {
    Outcome.CARRIED: "means here what it meant in Copilot",
    Outcome.CHANGED: "carried, but different: read why",
    Outcome.NONE: "not carried: what to do instead",
    Outcome.ADDED: "not in the manifest; written because Copilot's default is another one",
    Outcome.PROBLEM: "nothing of the file was carried",
}


def terminal(report: Report, width: int) -> str:
    """For a person: what differs in full, what is carried by name."""
    lines: list[str] = []
    for file, rows in groupby(report.rows, key=lambda row: row.file):
        here = list(rows)
        lines += [_line(file)]
        carried = [shown(row.key) for row in here if row.outcome is Outcome.CARRIED]
        for row in here:
            if row.outcome is not Outcome.CARRIED:
                lines += _wrapped(_sentence(row), f"  {row.line:>4}  {_MARKS[row.outcome]:<8} ", width)
        if carried:
            lines += _wrapped(", ".join(carried), "        carried  ", width)
        lines.append("")
    lines += [f"{file.state or 'would write':<12} {file.path}" for file in report.files]
    counts = ", ".join(f"{number} {outcome}" for outcome, number in report.counts().items() if number)
    return "\n".join([*lines, f"keys: {counts}"])


def _sentence(row: Row) -> str:
    key = shown(row.key)
    into = f" -> {row.into}" if row.into else ""
    return f"{key}{into}: {row.text}" if key or into else row.text


def _wrapped(text: str, begin: str, width: int) -> list[str]:
    rest = " " * len(begin)
    return textwrap.wrap(
        _line(text), max(width, 60), initial_indent=begin, subsequent_indent=rest, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _line(text: str) -> str:
    return " ".join(plain.lines(text))


def markdown(report: Report, hashes: Mapping[str, str]) -> str:
    """For people who work on it: every key, and the files with their hashes, by which a later import knows them."""
    title = f"Import of the Copilot application {report.application}".rstrip()
    lines = [
        f"# {_cell(title)}",
        "",
        "Written by `python3 orchestrate.py import copilot`, which writes it again. docs/from-copilot.md explains it.",
        "",
        "| outcome | keys | meaning |",
        "| --- | --- | --- |",
        *(f"| {outcome} | {report.counts()[outcome]} | {_MEANINGS[outcome]} |" for outcome in Outcome),
        "",
    ]
    for file, rows in groupby(report.rows, key=lambda row: row.file):
        lines += [f"## {_cell(file)}", "", "| line | key | outcome | as | why, or what to do instead |"]
        lines += ["| --- | --- | --- | --- | --- |", *map(_row, rows), ""]
    lines += ["## Files", "", "| file | SHA-256 |", "| --- | --- |"]
    lines += [f"| `{_cell(file)}` | `{hashes[file]}` |" for file in sorted(hashes)]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    key = f"`{_cell(shown(row.key))}`" if row.key else ""
    return f"| {row.line} | {key} | {row.outcome} | {_cell(row.into)} | {_cell(row.text)} |"


def _cell(text: str) -> str:
    # A key may hold anything, and Markdown must not take it for its own signs.
    return _line(text).replace("|", "\\|").replace("<", "&lt;").replace("](", "] (")


def as_json(report: Report) -> dict[str, Any]:
    """For programs."""
    return {
        "application": report.application or None,
        "keys": report.counts(),
        "files": {file.path: file.state or "would write" for file in report.files},
        "rows": list(_rows(report)),
    }


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    for row in report.rows:
        yield {
            "file": row.file, "line": row.line, "key": shown(row.key) or None, "outcome": row.outcome.value,
            "into": row.into or None, "text": row.text or None,
        }  # fmt: skip
