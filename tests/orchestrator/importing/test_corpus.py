"""Applications of AWS Copilot, imported: what is written, and that the report has every key exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from orchestrator.importing import application, copilot
from orchestrator.importing.report import Outcome, Report
from orchestrator.project import manifest
from tests.orchestrator.importing.make import CORPUS, EXPECTED, cases, made


def keys(node: yaml.Node, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of a manifest that has none below it, read without the importer."""
    if isinstance(node, yaml.MappingNode) and node.value:
        for key, value in node.value:
            merged = isinstance(value, yaml.MappingNode) and key.value == "<<"
            yield from keys(value, above if merged else (*above, key.value))
    elif isinstance(node, yaml.SequenceNode) and any(isinstance(item, yaml.MappingNode) for item in node.value):
        for number, item in enumerate(node.value):
            yield from keys(item, (*above, f"[{number}]"))
    else:
        yield above


def imported(case: str, folder: Path) -> tuple[Report, application.Found]:
    report, _ = copilot.carry_out(CORPUS / case, folder / "services", dry_run=False, checkout=folder)
    return report, application.read(CORPUS / case)


@pytest.mark.parametrize("case", cases())
def test_an_application_becomes_what_is_expected(case: str, tmp_path: Path) -> None:
    folder = EXPECTED / case
    expected = {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}
    assert made(case, tmp_path) == expected


@pytest.mark.parametrize("case", cases())
def test_every_key_is_in_the_report_exactly_once(case: str, tmp_path: Path) -> None:
    report, found = imported(case, tmp_path)
    for item in (*found.services, *found.environments):
        rows = [row for row in report.rows if row.file == item.file and row.outcome is not Outcome.ADDED]
        if item.problem is not None:
            assert [row.key for row in rows] == [()]
            continue
        node = yaml.compose((CORPUS / case / item.file).read_text(), Loader=yaml.BaseLoader)
        for key in set(keys(node)):
            assert len([row for row in rows if key[: len(row.key)] == row.key]) == 1, (item.file, key)


@pytest.mark.parametrize("case", cases())
def test_what_is_written_passes_the_projects_own_check(case: str, tmp_path: Path) -> None:
    report, found = imported(case, tmp_path)
    names = {file.path.rpartition("/")[2].removesuffix(".tfvars") for file in report.files}
    services = manifest.load(tmp_path / "services", known=names)
    assert {service.name for service in services} == {
        Path(file.path).parent.name for file in report.files if file.path.endswith(manifest.FILE_NAME)
    }
    assert len(services) >= len(found.services) - len(report.problems) - 1


@pytest.mark.parametrize("case", cases())
def test_every_row_has_a_line_of_its_file_and_says_something(case: str, tmp_path: Path) -> None:
    report, _ = imported(case, tmp_path)
    for row in report.rows:
        lines = (CORPUS / case / row.file).read_text().splitlines()
        assert 1 <= row.line <= max(len(lines), 1)
        name = row.key[-1] if row.key and row.key[-1][0] not in "[(" else ""
        if name and row.outcome is not Outcome.ADDED:
            assert name in lines[row.line - 1], row
        assert row.into or row.text
        assert row.text or row.outcome in (Outcome.CARRIED, Outcome.ADDED)


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    imported("starter", tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    report, _ = imported("starter", tmp_path)
    assert {file.state for file in report.files} == {"unchanged"}
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
