"""Manifests that are wrong: each with file, line, reason and what to do, and never with a traceback."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.importing import application, copilot, render
from orchestrator.importing.report import Outcome
from orchestrator.project import manifest
from tests.orchestrator.importing import mutations
from tests.orchestrator.importing.applications import WEB, imported

BAD = (
    ("name: a\n  type: Backend Service\n", 2, "compare the indentation of this line"),
    (
        "name: a\ntype: Backend Service\n\n    name: b\n    type: Backend Service\n",
        4,
        "at `name: b`; compare the inden",
    ),
    ("name: {{ .Name }}\ntype: Backend Service\n", 1, "as a template has it; import what the template is rendered to"),
    ("{{ if .Port }}\nport: {{ .Port }}\n{{ end }}\n", 2, "template"),
    ("name: a\ntype: [Backend Service\n", 3, "not YAML"),
    ("name: a\n\tb: c\n", 2, "not YAML: found character '\\t'"),
    ("type: Backend Service\nsecrets:\n  DB: prod/db:password::\n", 3, "put the value in quotes"),
    ("image: {build: Dockerfile}\n", 1, "there is no `type` in it"),
    ("name: a\ntype:\n", 2, "there is no `type` in it"),
    ("name: a\ntype: Backend service\n", 2, "the type is `Backend service`; Copilot has Load Balanced Web Service"),
    ("name: a\ntype: [Backend Service]\n", 2, "there is no `type` in it"),
    ("", 1, "it holds no keys"),
    ("# only a comment\n", 1, "it holds no keys"),
    ("- name: a\n", 1, "it holds no keys"),
    ("text\n", 1, "it holds no keys"),
    ("name: a\nname: b\ntype: Backend Service\n", 2, "the key name stands twice, first in line 1; keep one of them"),
    ("type: Backend Service\nvariables: &a\n  <<: text\n", 3, "<< stands before something that is no mapping"),
    ("type: Backend Service\nvariables: &a [*a]\n", 2, "an alias that holds itself"),
    ("type: Backend Service\nvariables: {A: *b}\n", 2, "not YAML: found undefined alias"),
    ('type: Backend Service\nvariables: {A: "\\ud800"}\n', 2, "a character that no text can hold"),
    ("type: Backend Service\nvariables: {A: \udcff}\n", 1, "it is not UTF-8"),
    ("type: Backend Service\nname: 77\n", 2, "nothing has the name"),
    ("a: " + "[" * 70 + "]" * 70 + "\n", 1, "too many values"),
)


@pytest.mark.parametrize(("text", "line", "said"), BAD)
def test_a_manifest_that_cannot_be_read_is_named_with_its_line(text: str, line: int, said: str, tmp_path: Path) -> None:
    report = imported(tmp_path, {"bad/manifest.yml": text, "api/manifest.yml": WEB})
    (problem,) = report.problems
    assert (problem.file, problem.line, problem.key) == ("copilot/bad/manifest.yml", line, ())
    assert said in problem.text
    assert [service.name for service in manifest.load(tmp_path / "services")] == ["api"]


def test_two_services_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    report = imported(tmp_path, {"a/manifest.yml": WEB, "b/manifest.yml": WEB})
    (problem,) = report.problems
    assert (problem.file, problem.line) == ("copilot/b/manifest.yml", 1)
    assert "copilot/a/manifest.yml has the name api already" in problem.text


def test_aliases_that_multiply_are_not_followed_to_their_end(tmp_path: Path) -> None:
    lines = ["type: Backend Service", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    report = imported(tmp_path, {"bad/manifest.yml": "\n".join(lines), "api/manifest.yml": WEB})
    assert "too many values" in report.problems[0].text


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_a_manifest_that_is_no_file_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "app" / "copilot" / "odd" / "manifest.yml"
    file.parent.mkdir(parents=True)
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("gone")
    report = imported(tmp_path, {"api/manifest.yml": WEB})
    assert [problem.file for problem in report.problems] == ["copilot/odd/manifest.yml"]


@pytest.mark.parametrize("name", ["gone", "file", "empty"])
def test_what_is_no_application_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure) as caught:
        copilot.carry_out(tmp_path / name, tmp_path / "services", dry_run=False, checkout=tmp_path)
    assert caught.value.exit_code == 64
    assert "copilot/" in caught.value.next_step


def test_the_folder_copilot_itself_can_be_named(tmp_path: Path) -> None:
    imported(tmp_path, {"api/manifest.yml": WEB}, dry_run=True)
    report, _ = copilot.carry_out(tmp_path / "app" / "copilot", tmp_path / "services", dry_run=True, checkout=tmp_path)
    assert {row.file for row in report.rows} == {"copilot/api/manifest.yml"}


def test_a_second_document_is_reported_and_not_read(tmp_path: Path) -> None:
    report = imported(tmp_path, {"api/manifest.yml": f"{WEB}---\nname: other\n"})
    (row,) = [row for row in report.rows if row.key == ("(second document)",)]
    assert (row.line, row.outcome) == (5, Outcome.NONE)


def test_mutated_manifests_end_in_a_report_and_in_services_that_are_right(tmp_path: Path, long_run: bool) -> None:
    draw = random.Random(20261128)
    for number in range(1500 if long_run else 60):
        folder = tmp_path / str(number)
        files = mutations.application(draw)
        report = imported(folder, files)
        assert render.terminal(report, 100).encode()
        assert render.as_json(report)["rows"]
        for item in (found := application.read(folder / "app")).services + found.environments:
            rows = [row for row in report.rows if row.file == item.file and row.outcome is not Outcome.ADDED]
            for place, _ in item.value.leaves():
                if place:
                    assert len([row for row in rows if place[: len(row.key)] == row.key]) == 1, (files, place)
        if any(file.path.endswith(manifest.FILE_NAME) for file in report.files):
            manifest.load(folder / "services")
        assert {file.state for file in imported(folder, files).files} <= {"unchanged"}
