"""`import`: what can be typed, what is printed and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from tests import answers
from tests.orchestrator.importing.applications import WEB
from tests.orchestrator.importing.make import CORPUS


def application(folder: Path, text: str = WEB) -> str:
    file = folder / "app" / "copilot" / "api" / "manifest.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return str(folder / "app")


def test_it_writes_services_and_prints_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["import", "copilot", application(tmp_path), "--to", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert (tmp_path / "out" / "api" / "service.yaml").is_file()
    assert f"written      {tmp_path}/out/api/service.yaml" in printed.out
    assert f"the whole report: {tmp_path}/out/copilot.md" in printed.err


def test_json_has_every_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["import", "copilot", str(CORPUS / "starter"), "--to", str(tmp_path), "--dry-run", "--json"]
    assert main.main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["application"] == "shop"
    assert sum(printed["keys"].values()) == len(printed["rows"])
    assert set(printed["files"].values()) == {"would write"}
    (row,) = [row for row in printed["rows"] if row["key"] == "count" and "api" in row["file"]]
    assert row == {
        "file": "copilot/api/manifest.yml", "line": 26, "key": "count", "outcome": "carried", "into": "count",
        "text": None,
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_ends_in_a_failure_after_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = application(tmp_path)
    bad = Path(folder) / "copilot" / "bad" / "manifest.yml"
    bad.parent.mkdir()
    bad.write_text("name: {{ .Name }}\n")
    assert main.main(["import", "copilot", folder, "--to", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert "1 file could not be read" in printed
    assert main.main(["import", "copilot", folder, "--to", str(tmp_path / "again"), "--json"]) == 1
    told = answers.read("import", capsys.readouterr().out)
    assert told["error"]["message"] == "1 file could not be read"
    assert told["keys"]["problem"] == 1, "what was found is told with the failure"
    assert "copilot/bad/manifest.yml:1: a key that is a list or a mapping, as a template has it" in printed
    assert (tmp_path / "out" / "api" / "service.yaml").is_file()


def test_a_service_that_is_there_ends_in_a_failure_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "api").mkdir(parents=True)
    (tmp_path / "out" / "api" / "service.yaml").write_text("paths: [/]\n")
    assert main.main(["import", "copilot", application(tmp_path), "--to", str(tmp_path / "out")]) == 1
    assert f"{tmp_path}/out/api/service.yaml is there already" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["copilot"], ["compose", "."], ["copilot", ".", "extra"]])
def test_wrong_usage_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["import", *arguments]) == 64
    assert "wrong usage" in capsys.readouterr().err
