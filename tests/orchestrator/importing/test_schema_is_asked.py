"""The schema decides at run time: without any one of its keys the result is right, and the report says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.importing import copilot
from orchestrator.importing.report import Outcome, Report
from orchestrator.project.schema import checks, describe
from orchestrator.project.schema.describe import Key
from orchestrator.project.schema.service import Service
from tests.orchestrator.importing.applications import imported
from tests.orchestrator.importing.make import CORPUS, cases

# All manifests of all cases as one application.
MANIFESTS = {
    f"{file.parent.name}/manifest.yml": file.read_text()
    for case in cases()
    for file in sorted((CORPUS / case / "copilot").glob("*/manifest.yml"))
}
# What mappings write, whether the schema has it or not.
WRITTEN = (
    "paths", "port", "cpu", "memory", "count", "health", "environment", "secrets", "kind", "calls", "scaling",
    "volumes", "queue", "schedule", "retries", "timeout", "overlap", "alarms", "build", "image", "command",
    "sidecars", "capacity", "environments",
)  # fmt: skip


def written(report: Report) -> set[str]:
    return {part.partition(".")[0] for row in report.rows for part in row.into.split(", ")}


@pytest.mark.parametrize("missing", WRITTEN)
def test_a_key_that_the_schema_does_not_have_has_no_counterpart(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = describe.at

    def without(model: type, place: tuple[int | str, ...]) -> Key | None:
        return None if place[:1] == (missing,) else there(model, place)

    monkeypatch.setattr(describe, "at", without)
    monkeypatch.setattr(checks, "check", _refusing(missing))
    report = imported(tmp_path, {".workspace": "application: shop\n", **MANIFESTS})
    assert [file for file in report.files if file.path.endswith("service.yaml")] or missing in ("kind", "paths")
    assert not any(
        row.into.startswith(f"{missing}.") or row.into == missing
        for row in report.rows
        if row.outcome in (Outcome.CARRIED, Outcome.CHANGED)
    )
    for file in report.files:
        assert f"\n{missing}:" not in file.text


def _refusing(missing: str):  # type: ignore[no-untyped-def]
    check = checks.check

    def refusing(name, folder, values, unclear=frozenset()):  # type: ignore[no-untyped-def]
        assert missing not in values, f"{missing} was written, and the schema does not have it"
        return check(name, folder, values, unclear)

    return refusing


def test_every_key_that_the_schema_has_is_written_by_some_manifest(tmp_path: Path) -> None:
    found = set()
    for case in cases():
        report, _ = copilot.carry_out(CORPUS / case, tmp_path / case, dry_run=True, checkout=tmp_path)
        found |= written(report)
    assert {key for key in WRITTEN if describe.at(Service, (key,)) is not None} <= found


def test_a_value_that_the_schema_refuses_is_reported_in_its_words(tmp_path: Path) -> None:
    text = "name: api\ntype: Backend Service\nimage: {build: Dockerfile}\ncpu: 300\nmemory: 100\ncount: 1000\n"
    report = imported(tmp_path, {"api/manifest.yml": text})
    rows = {row.key[0]: row for row in report.rows if row.key}
    assert "'cpu' is 300; use one of 256" in rows["cpu"].text
    assert "'memory' is 100; use 512 to" in rows["memory"].text
    assert "'count' is 1000; use 0 to 100" in rows["count"].text
    assert {rows[name].outcome for name in ("cpu", "memory", "count")} == {Outcome.NONE}
