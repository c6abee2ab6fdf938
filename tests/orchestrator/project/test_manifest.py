"""service.yaml: what is right, and what each mistake is told as."""

from __future__ import annotations

import os
from pathlib import Path
from string import ascii_lowercase

import pytest

from orchestrator.errors import Failure
from orchestrator.project import manifest
from orchestrator.project.manifest import KEYS
from orchestrator.project.routing import places
from orchestrator.project.smoke_requests import SmokeRequest
from orchestrator.system import paths
from tests.orchestrator.project.manifests import MISTAKES, sharing


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "service.yaml").write_text(text)


def complaint(folder: Path) -> str:
    with pytest.raises(Failure) as caught:
        manifest.load(folder)
    assert caught.value.exit_code == 1
    assert caught.value.next_step
    return caught.value.reason


def test_defaults_fill_what_a_manifest_does_not_say(tmp_path: Path) -> None:
    write(tmp_path, "verbs", "paths: [/api/verbs]")
    (service,) = manifest.load(tmp_path)
    assert service == manifest.Service(name="verbs", folder=tmp_path / "verbs", paths=("/api/verbs",))
    assert (service.port, service.cpu, service.memory, service.count) == (8000, 256, 512, 2)
    assert (service.health, service.table, service.environment) == ("/healthz", "none", {})


def test_the_projects_own_manifests_are_right_and_found_by_name() -> None:
    services = {service.name: service for service in manifest.load()}
    assert services.keys() >= {"website", "words", "save"}
    assert manifest.ROOT_PATH in services["website"].paths
    assert services["save"].storage["stories"].access == "read-write"
    assert not services["words"].storage
    assert all(service.smoke for service in services.values())


def test_the_requests_of_a_smoke_test_are_read(tmp_path: Path) -> None:
    text = """paths: [/a, /b]
smoke:
  - post: "{base}"
    body: {name: one}
    keep: {place: header Location}
  - get: "{place}"
    status: 200
    json: {name: one}
  - get: /b?x=1
    contains: text
"""
    write(tmp_path, "verbs", text)
    (service,) = manifest.load(tmp_path)
    assert service.smoke == (
        SmokeRequest("POST", "{base}", body={"name": "one"}, keep={"place": "header Location"}),
        SmokeRequest("GET", "{place}", 200, json={"name": "one"}),
        SmokeRequest("GET", "/b?x=1", contains="text"),
    )


def test_a_folder_without_a_manifest_is_no_service(tmp_path: Path) -> None:
    write(tmp_path, "verbs", "paths: [/api/verbs]")
    (tmp_path / "servicekit").mkdir()
    assert [service.name for service in manifest.load(tmp_path)] == ["verbs"]


@pytest.mark.parametrize(("text", "line", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_mend(tmp_path: Path, text: str, line: int, told: str) -> None:
    write(tmp_path, "verbs", text)
    reason = complaint(tmp_path)
    assert f"verbs/service.yaml:{line}: " in reason
    assert told in reason
    assert "; " in reason, "every complaint carries its mend"


VALUES = (
    "", "~", "true", "1", "-1", "1.5", ".inf", ".nan", "0x" + "f" * 9000, "9" * 9000, "text", "''", "/a", "2020-01-01",
    "2020-13-45", "2020-01-01T25:00:00Z", "12:30:45", "[]", "[[]]", "[1, a, ~]", "[[a], {b: c}]", "{}", "{a: 1}",
    "{a: {b: c}}", "{[a]: b}", "{1: a}", "{~: a}", "{2020-13-45: a}", "[2020-13-45]", "!!binary x", "!!int x",
    "!!int ''", "!!float x", "!!bool x", "!!timestamp x", "!!null x", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a]",
    "!!str [a]", "!!seq a", "!!map a", "!own a", "!!python/name:os.system x", "&a [*a]", "&a {b: *a}", "*missing",
    "{<<: a}", "[" * 50 + "]" * 50, "[" * 5000 + "]" * 5000, "{a: " * 300 + "1" + "}" * 300, "|\n  a\n  b", "'\x00'",
    '"\\ud800"', "é", "\x07",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_any_key_with_any_value_is_a_service_or_told(tmp_path: Path, key: str, value: str) -> None:
    others = "" if key == "paths" else "paths: [/a]\n"
    write(tmp_path, "verbs", f"{others}{key}: {value}\n")
    try:
        (service,) = manifest.load(tmp_path)
    except Failure as failure:
        assert failure.reason.startswith(str(tmp_path / "verbs" / "service.yaml:"))
        assert "; " in failure.reason
    else:
        hash((service.paths, service.port, service.cpu, service.memory, service.count, service.health, service.table))


def test_a_manifest_that_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "verbs" / "service.yaml").mkdir(parents=True)
    assert "verbs/service.yaml:1: cannot be read: Is a directory; make it a file" in complaint(tmp_path)


def test_a_manifest_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    write(tmp_path, "verbs", "paths: [/a]")
    for name, target in {"ghost": "nowhere", "loop": "service.yaml"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "service.yaml").symlink_to(target)
    reason = complaint(tmp_path)
    assert "ghost/service.yaml:1: cannot be read: a link that leads nowhere" in reason
    assert "loop/service.yaml:1: cannot be read: a link that leads nowhere" in reason


def test_a_manifest_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "verbs").mkdir()
    os.mkfifo(tmp_path / "verbs" / "service.yaml")
    assert "verbs/service.yaml:1: cannot be read: not a file" in complaint(tmp_path)


def test_two_services_with_one_path_are_told_with_both_files(tmp_path: Path) -> None:
    write(tmp_path, "words", "paths: [/api/words]")
    write(tmp_path, "verbs", "# a copy\npaths:\n  - /api/verbs\n  - /api/words\n")
    reason = complaint(tmp_path)
    assert "words/service.yaml:1: path '/api/words' is already the path of services/verbs/service.yaml" in reason


def test_a_folder_whose_name_no_service_can_have(tmp_path: Path) -> None:
    write(tmp_path, "My_Service", "paths: [/a]")
    assert "'My_Service' cannot be a service's name" in complaint(tmp_path)


def test_all_mistakes_of_all_manifests_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "one", "paths: [/a]\nport: x\ncpu: 1\n")
    write(tmp_path, "two", "pahts: [/a]\n")
    with pytest.raises(Failure) as caught:
        manifest.load(tmp_path)
    assert "4 problems" in caught.value.message
    assert caught.value.reason.count("service.yaml:") == 4


def test_no_service_at_all(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no service found"):
        manifest.load(tmp_path)


def test_two_paths_that_would_share_a_priority_get_one_each(tmp_path: Path) -> None:
    other = next(sharing("/api/words"))
    write(tmp_path, "one", f"paths: [{other}]")
    write(tmp_path, "two", "paths: [/api/words]")
    given = manifest.for_terraform(manifest.load(tmp_path), {"/api/words": manifest.listener_priority(other)})
    rules = {name: value["rules"] for name, value in given["services"].items()}
    place = manifest.listener_priority("/api/words")
    assert rules == {"one": {other: place + 1}, "two": {"/api/words": place}}


def test_more_paths_of_one_length_than_there_is_room_for_are_told(tmp_path: Path) -> None:
    room = len(places("/" + "x" * 59))
    names = [f"{letter}{'x' * 58}" for letter in ascii_lowercase[: room + 1]]
    write(tmp_path, "one", f"paths: [{', '.join(f'/{name}' for name in names[:room])}]")
    manifest.load(tmp_path)
    write(tmp_path, "two", f"paths: [/{names[room]}]")
    said = complaint(tmp_path)
    assert f"two/service.yaml:1: path '/{names[room]}' is one too many: there is room for 12 paths of 60" in said
    assert said.count("too many") == 1


def test_the_file_is_named_relative_to_the_checkout() -> None:
    problem = manifest.Problem(paths.ROOT / "services" / "words" / "service.yaml", 3, "wrong", "mend")
    assert str(problem) == "services/words/service.yaml:3: wrong; mend"
