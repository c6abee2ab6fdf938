"""service.yaml: what is right, and what each mistake is told as."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.project import manifest
from orchestrator.project.manifest_checks import CHECKS
from orchestrator.project.smoke_requests import SmokeRequest
from orchestrator.system import paths


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
    assert services["save"].table == "read-write"
    assert services["words"].table == "none"
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


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("paths: [/a]\nsmoke: /a\n", 2, "'smoke' is not a list; write a list of requests"),
        ("paths: [/a]\nsmoke: {get: /a}\n", 2, "'smoke' is not a list"),
        ("paths: [/a]\nsmoke:\n  - get: /a\n  - /a\n", 4, "'smoke' holds something that is no request"),
        ("paths: [/a]\nsmoke:\n  - gett: /a\n", 3, "the unknown key 'gett'; did you mean 'get'?"),
        ("paths: [/a]\nsmoke:\n  - status: 200\n", 3, "a request with no method; give it one of get, post"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, put: /a}\n", 3, "a request with more than one method"),
        ("paths: [/a]\nsmoke:\n  - get: a\n", 3, "asks for 'a', which is not a path; begin with /, or with {base}"),
        ("paths: [/a]\nsmoke:\n  - get: 3\n", 3, "asks for 3, which is not a path"),
        ("paths: [/a]\nsmoke:\n  - get: /ab\n", 3, "'/ab', which goes to another service; use a path below /a"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, body: x}\n", 3, "gives a get a body"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, status: true}\n", 3, "expects the status True; use a number"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, status: 100}\n", 3, "expects the status 100"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, contains: 3}\n", 3, "contains something that is not text"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, json: .inf}\n", 3, "a json that JSON cannot hold"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, headers: [a]}\n", 3, "headers that are not a mapping of texts"),
        ("paths: [/a]\nsmoke:\n  - {get: /a, keep: {x: body}}\n", 3, "keeps something else than a part of an answer"),
        ("paths: [/a]\nsmoke:\n  - {get: '/a/{x}', keep: {x: json x}}\n", 3, "uses {x}, which no request before"),
        ("paths: [/a]\nprot: 80\n", 2, "unknown key 'prot'; did you mean 'port'?"),
        ("paths: [/a]\ncolour: red\n", 2, "unknown key 'colour'; known keys: paths, port"),
        ('paths: [/a]\nport: "8000"\n', 2, "'port' is text, not a whole number"),
        ("paths: [/a]\nport: 80\n", 2, "'port' is 80; use 1024 to 65535"),
        ("paths: [/a]\nport: true\n", 2, "'port' is true/false"),
        ("paths: [/a]\n\ncpu: 300\n", 3, "'cpu' is 300; use one of 256"),
        ("paths: [/a]\ncpu: [256]\n", 2, "'cpu' is [256]; use one of 256"),
        ("paths: [/a]\ncpu: {a: 1}\n", 2, "'cpu' is {'a': 1}; use one of 256"),
        ("paths: [/a]\ncpu: 256.0\n", 2, "'cpu' is 256.0; use one of 256"),
        (
            "paths: [/a]\nhealth: 2020-13-45\n",
            2,
            '2020-13-45 is not read as it is written: YAML reads a time; quote it: "',
        ),
        ("paths: [/a]\nenvironment: {[a]: b}\n", 2, "'environment' has a value that YAML cannot read"),
        ("paths: [/a]\n[a]: b\n", 2, "a key that is a list or a mapping"),
        ("paths: [/a]\ncpu: 1024\nmemory: 512\n", 2, "Fargate has no task of 1024 CPU units and 512 MiB"),
        ("paths: [/a]\nmemory: 4096\n", 2, "Fargate has no task of 256 CPU units and 4096 MiB"),
        ("paths: [/a]\ncount: -1\n", 2, "'count' is -1"),
        ("paths: [/a]\nhealth: healthz\n", 2, "'health' is 'healthz', not a path"),
        ("paths: [/a]\ntable: write\n", 2, "'table' is 'write'; use one of none, read-only, read-write"),
        ("paths: [/a]\nenvironment: [A]\n", 2, "'environment' is a list, not a mapping"),
        ("paths: [/a]\nenvironment:\n  A: 1\n", 3, "'environment' sets A to a number, not text"),
        ("paths: [/a]\nenvironment:\n  PORT: '1'\n", 3, "'environment' sets PORT, which Terraform sets"),
        ("paths: /a\n", 1, "'paths' is text; write a list"),
        ("paths: []\n", 1, "'paths' is an empty list"),
        ("paths: [/a/]\n", 1, "'/a/', which is not a path prefix"),
        ("paths: ['/a/*']\n", 1, "no wildcard"),
        ("paths: [/a, /a]\n", 1, "'paths' holds a path twice"),
        ("paths: [/a]\npaths: [/b]\n", 2, "key 'paths' stands twice"),
        ("port: 8000\n", 1, "the key 'paths' is missing"),
        ("- paths\n", 1, "not a mapping"),
        ("", 1, "not a mapping"),
        ("paths: [/a\nport: 1\n", 2, "not valid YAML"),
        ("paths: [/a]\nenvironment:\n\n  NO: x\n", 4, 'the key NO is true/false in YAML, not text; quote it: "NO"'),
        ("paths: [/a]\nenvironment:\n  y: x\n", 3, 'the key y is true/false in YAML, not text; quote it: "y"'),
        ("paths: [/a]\nenvironment: {~: x}\n", 2, "the key ~ is nothing in YAML"),
        ("paths: [/a]\nenvironment:\n  A: x\n  1e3: x\n", 4, "the key 1e3 is a number in YAML"),
        ("paths: [/a]\nenvironment:\n  A: x\n  A: z\n", 4, "'environment' sets A twice; keep one"),
        (
            "paths: [/a]\nenvironment:\n  A: yes\n",
            3,
            "'environment' sets A to true/false, not text; quote it: A: \"yes\"",
        ),
        ("paths: [/a]\nenvironment:\n  A: y\n", 3, 'Python reads text, Terraform true/false; quote it: "y"'),
        ("paths: [/a]\nenvironment:\n  A: 08\n", 3, 'Python reads text, Terraform a number; quote it: "08"'),
        (
            "paths: [/a]\nenvironment:\n  A: 1.10\n",
            3,
            "'environment' sets A to a decimal, not text; quote it: A: \"1.10\"",
        ),
        ("paths: [/a]\nenvironment:\n  A: 2026-11-27\n", 3, "YAML reads a time"),
        ('paths: [/a]\nenvironment:\n  A: "a\\0b"\n', 3, "a NUL in it"),
        ('paths: [/a]\nenvironment:\n  A: "x\\/y"\n', 3, "the escape \\/; write / alone"),
        ("paths: [/a]\nport: 017500\n", 2, "another number to Python than to Terraform"),
        ("paths: [/a]\nport: 8_000\n", 2, "Python reads a number, Terraform text"),
        ("paths: [/a]\nport: 2:13:20\n", 2, "Python reads a number, Terraform text"),
        ("paths: [/a]\ncount: -0\n", 2, "another number"),
        ("paths: [/a]\ntable: no\n", 2, "'table' is no; use one of none"),
        ("paths: [/a]\nport: !!int '8000'\n", 2, "a tag (!)"),
        ("x: &x {A: b}\npaths: [/a]\nenvironment:\n  <<: *x\n", 4, "<< is not read the same"),
        ("paths: [/a]\nenvironment:\n  '<<': {A: b}\n", 3, "<< is not read the same"),
        ("paths: [/a]\nhealth: &h /h\nenvironment: {*h : x}\n", 3, "*h stands for a key"),
        ("%YAML 1.2\n---\npaths: [/a]\n", 1, "Terraform reads YAML 1.1 only"),
    ],
)
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
@pytest.mark.parametrize("key", CHECKS)
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


def test_longer_prefixes_come_first_and_priorities_fit_the_load_balancer() -> None:
    assert manifest.listener_priority("/api/words") < manifest.listener_priority("/api")
    for path in ("/a", "/api/words", "/" + "x" * 125):
        assert 1 <= manifest.listener_priority(path) <= 50000


def test_two_paths_that_would_share_a_priority_are_told(tmp_path: Path) -> None:
    seen: dict[int, str] = {}
    for number in range(10_000):
        path = f"/p{number:05}"
        other = seen.setdefault(manifest.listener_priority(path), path)
        if other != path:
            break
    write(tmp_path, "one", f"paths: [{other}]")
    write(tmp_path, "two", f"paths: [{path}]")
    assert "the same listener priority" in complaint(tmp_path)


def test_the_file_is_named_relative_to_the_checkout() -> None:
    problem = manifest.Problem(paths.ROOT / "services" / "words" / "service.yaml", 3, "wrong", "mend")
    assert str(problem) == "services/words/service.yaml:3: wrong; mend"
