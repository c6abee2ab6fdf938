"""What an import writes, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.importing import copilot, service_yaml
from orchestrator.importing.report import Outcome
from orchestrator.project import manifest
from tests.orchestrator.importing.applications import WEB, imported, row

FILES = {".workspace": "application: shop\n", "api/manifest.yml": WEB}


def states(folder: Path, files: dict[str, str]) -> dict[str, str]:
    return {Path(file.path).relative_to(folder).as_posix(): file.state for file in imported(folder, files).files}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    report = imported(tmp_path, FILES, dry_run=True)
    assert [Path(file.path).name for file in report.files] == ["service.yaml"]
    assert not (tmp_path / "services").exists()


def test_what_an_import_wrote_a_later_one_writes_again(tmp_path: Path) -> None:
    assert states(tmp_path, FILES) == {"services/api/service.yaml": "written"}
    changed = {**FILES, "api/manifest.yml": f"{WEB}count: 5\n"}
    assert states(tmp_path, changed) == {"services/api/service.yaml": "written"}
    assert manifest.load(tmp_path / "services")[0].count == 5


def test_what_somebody_changed_is_left_as_it_is(tmp_path: Path) -> None:
    imported(tmp_path, FILES)
    file = tmp_path / "services" / "api" / "service.yaml"
    file.write_text(file.read_text() + "cpu: 512\n")
    changed = {**FILES, "api/manifest.yml": f"{WEB}count: 5\n"}
    assert states(tmp_path, changed) == {"services/api/service.yaml": "kept"}
    assert file.read_text().endswith("cpu: 512\n")
    # Neither does the next import take it for its own.
    assert states(tmp_path, changed) == {"services/api/service.yaml": "kept"}


def test_a_service_that_was_there_before_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "services" / "api" / "service.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("paths: [/old]\n")
    assert states(tmp_path, FILES) == {"services/api/service.yaml": "kept"}
    assert file.read_text() == "paths: [/old]\n"


def test_two_applications_have_a_report_each(tmp_path: Path) -> None:
    imported(tmp_path, FILES)
    imported(tmp_path, {**FILES, ".workspace": "application: other\n"})
    assert sorted(file.name for file in (tmp_path / "services").glob("*.md")) == ["copilot-other.md", "copilot-shop.md"]


@pytest.mark.parametrize(
    ("name", "file"),
    [("shop", "copilot-shop.md"), ("../Shop", "copilot----shop.md"), ("", "copilot.md"), ("漢", "copilot.md")],
)
def test_the_report_is_named_after_the_application_and_nothing_else(name: str, file: str) -> None:
    assert copilot.report_name(name) == file


def test_a_path_that_another_service_has_is_not_taken_from_it(tmp_path: Path) -> None:
    file = tmp_path / "services" / "website" / "service.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("paths: [/, /api]\n")
    rules = "  additional_rules:\n    - path: /v2\n"
    report = imported(tmp_path, {"api/manifest.yml": WEB.replace("http: {path: /}", f"http:\n  path: /\n{rules}")})
    assert row(report, "http.path").outcome is Outcome.CHANGED
    services = {service.name: service.paths for service in manifest.load(tmp_path / "services")}
    assert services == {"website": ("/", "/api"), "api": ("/api-2", "/v2")}


def test_a_rule_for_another_port_becomes_that_port_unless_another_service_has_its_path(tmp_path: Path) -> None:
    file = tmp_path / "services" / "website" / "service.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("paths: [/]\nports:\n  9000: {paths: [/admin]}\n")
    rules = "".join(f"    - path: {path}\n      target_port: 9100\n" for path in ("/admin", "/metrics"))
    text = WEB.replace("http: {path: /}", f"http:\n  path: /api\n  additional_rules:\n{rules}")
    report = imported(tmp_path, {"api/manifest.yml": text})
    assert row(report, "http.additional_rules[0].path").outcome is Outcome.NONE
    assert row(report, "http.additional_rules[1].path").outcome is Outcome.CARRIED
    (api, _) = manifest.load(tmp_path / "services")
    assert [(route.port, route.paths, route.health) for route in api.routes[1:]] == [(9100, ("/metrics",), "/")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("info", "info"), ("/a-b/c.d", "/a-b/c.d"), ("yes", '"yes"'), ("No", '"No"'), ("null", '"null"'),
        ("1", '"1"'),
        ("-05:00", '"-05:00"'), ("", '""'), ("a b", '"a b"'), ('"', '"\\""'), ("a\nb", '"a\\nb"'),
        ("\x07", '"\\u0007"'), (".5", '".5"'), ("..", ".."),
        ("é漢😀", '"é漢😀"'), ("\U000e0001", '"\\U000e0001"'), ("a: b", '"a: b"'), ("#a", '"#a"'), ("y", '"y"'),
        (True, "true"), (5, "5"), (0.5, "0.5"),
    ],
)  # fmt: skip
def test_a_value_is_written_so_that_all_read_the_same(value: object, text: str) -> None:
    assert service_yaml.scalar(value) == text
