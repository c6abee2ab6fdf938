"""What Terraform says of a wrong service.yaml, and that it judges as the orchestrator does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from orchestrator.errors import Failure
from orchestrator.project import manifest, yaml_text
from tests.terraform.plans import Terraform

GOOD = "paths: [/api/words]\n"

# name => (files, what Terraform's message says)
PROBLEMS: dict[str, tuple[dict[str, str], list[str]]] = {
    "unknown key": ({"words": GOOD + "colour: red\n"}, ["words/service.yaml: colour: unknown key"]),
    "port as text": ({"words": GOOD + 'port: "8000"\n'}, ["words/service.yaml: port:"]),
    "privileged port": ({"words": GOOD + "port: 80\n"}, ["words/service.yaml: port:"]),
    "port with a fraction": ({"words": GOOD + "port: 8000.5\n"}, ["words/service.yaml: port:"]),
    "cpu that fargate has not": ({"words": GOOD + "cpu: 300\n"}, ["words/service.yaml: cpu:"]),
    "memory as text": ({"words": GOOD + "memory: 512 MiB\n"}, ["words/service.yaml: memory: must be a whole number"]),
    "memory that does not fit cpu": (
        {"words": GOOD + "cpu: 512\nmemory: 512\n"},
        ["words/service.yaml: memory: Fargate has no 512 MiB with cpu 512; it has 1024, 2048, 3072, 4096"],
    ),
    "count below zero": ({"words": GOOD + "count: -1\n"}, ["words/service.yaml: count:"]),
    "count as word": ({"words": GOOD + "count: two\n"}, ["words/service.yaml: count:"]),
    "health without slash": ({"words": GOOD + "health: healthz\n"}, ["words/service.yaml: health:"]),
    "health as number": ({"words": GOOD + "health: 3\n"}, ["words/service.yaml: health:"]),
    "environment as list": ({"words": GOOD + "environment: [A]\n"}, ["words/service.yaml: environment:"]),
    "environment with a number": ({"words": GOOD + "environment: {A: 1}\n"}, ["words/service.yaml: environment:"]),
    "environment with a bad name": (
        {"words": GOOD + 'environment: {"A-B": "1"}\n'},
        ["words/service.yaml: environment: names are"],
    ),
    "environment that is given": (
        {"words": GOOD + 'environment: {PORT: "1"}\n'},
        ["words/service.yaml: environment: must not set PORT"],
    ),
    "table access of another kind": ({"words": GOOD + "table: all\n"}, ["words/service.yaml: table: must be none"]),
    "table as boolean": ({"words": GOOD + "table: yes\n"}, ["words/service.yaml: table:"]),
    "smoke as a mapping": ({"words": GOOD + "smoke: {get: /}\n"}, ["words/service.yaml: smoke: must be a list"]),
    "value left out": ({"words": GOOD + "port:\n"}, ["words/service.yaml: port:"]),
    "no paths": ({"words": "port: 8000\n"}, ["words/service.yaml: paths:"]),
    "empty paths": ({"words": "paths: []\n"}, ["words/service.yaml: paths:"]),
    "paths as text": ({"words": "paths: /api/words\n"}, ["words/service.yaml: paths:"]),
    "path as number": ({"words": "paths: [1]\n"}, ["words/service.yaml: paths:"]),
    "trailing slash": ({"words": "paths: [/api/words/]\n"}, ["words/service.yaml: paths: must be a list"]),
    "wildcard": ({"words": "paths: [/api/*]\n"}, ["words/service.yaml: paths:"]),
    "path that is too long": ({"words": f"paths: [/{'a' * 126}]\n"}, ["words/service.yaml: paths: a path is at most"]),
    "a list": ({"words": "- paths\n"}, ["words/service.yaml: file: must be a mapping"]),
    "not yaml": ({"words": "{paths\n"}, ["words/service.yaml: file: is empty or not valid YAML"]),
    "an empty file": ({"words": ""}, ["words/service.yaml: file:"]),
    "folder name with a capital": ({"Words": GOOD}, ["Words/service.yaml: folder:"]),
    "folder name that is too long": ({"w" * 25: GOOD}, ["/service.yaml: folder:"]),
    "one path twice": (
        {"verbs": GOOD, "words": GOOD},
        ["verbs/service.yaml and words/service.yaml: paths: /api/words is claimed more than once"],
    ),
    "the root twice": (
        {"page": 'paths: ["/"]\n', "website": 'paths: ["/"]\n'},
        ["page/service.yaml and website/service.yaml: paths: / is claimed more than once"],
    ),
    # Found by trying: both come to priority 39606.
    "two paths with one priority": (
        {"nouns": "paths: [/api/aaaar]\n", "verbs": "paths: [/api/aaaau]\n"},
        ["have the same listener priority"],
    ),
    "no service at all": ({}, ["no folder with a service.yaml in it"]),
    "several at once": (
        {"save": GOOD + "port: x\ncount: y\n", "words": "paths: [/w]\ncolour: red\n"},
        ["save/service.yaml: port:", "save/service.yaml: count:", "words/service.yaml: colour:"],
    ),
}

ACCEPTED = {
    "paths alone": {"words": GOOD},
    "everything": {
        "save": "paths: [/api/stories, /s]\nport: 9000\ncpu: 1024\nmemory: 2048\ncount: 0\nhealth: /ready/x\n"
        'environment: {LOG_LEVEL: debug, EMPTY: ""}\ntable: read-only\n'
    },
    "root and a path of its own": {"website": 'paths: ["/", /static]\n', "words": GOOD},
    "paths below each other": {"api": "paths: [/api]\n", "words": GOOD, "verbs": "paths: [/api/words/verbs]\n"},
    "largest size": {"words": GOOD + "cpu: 16384\nmemory: 122880\ncount: 100\n"},
    "longest path and name": {"w" * 24: f"paths: [/{'a' * 125}]\n"},
}


@pytest.fixture
def plan_services(
    terraform: Callable[[str], Terraform], tmp_path: Path
) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    """Plan these manifests with an image for each."""

    def plan(files: dict[str, str]) -> subprocess.CompletedProcess[str]:
        write(tmp_path, files)
        images = {name: f"r/{name}@sha256:{'a' * 64}" for name in files}
        return terraform("modules/manifests")(
            "plan", "-input=false", "-no-color", "-lock=false", f"-out={tmp_path / 'tfplan'}",
            f"-var=services_dir={tmp_path}", f"-var=images={json.dumps(images)}",
        )  # fmt: skip

    return plan


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).mkdir()
        (folder / name / "service.yaml").write_text(text)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_named_with_file_and_key(
    name: str, plan_services: Callable[[dict[str, str]], subprocess.CompletedProcess[str]]
) -> None:
    files, expected = PROBLEMS[name]
    done = plan_services(files)
    said = " ".join(done.stderr.split())
    assert done.returncode == 1, done.stdout
    assert "The service manifests are not usable" in said
    for part in expected:
        assert part in said


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_orchestrator_refuses_what_terraform_refuses(name: str, tmp_path: Path) -> None:
    write(tmp_path, PROBLEMS[name][0])
    with pytest.raises(Failure):
        manifest.load(tmp_path)


@pytest.mark.parametrize("name", ACCEPTED)
def test_terraform_and_the_orchestrator_read_the_same_from_a_manifest(
    name: str,
    plan_services: Callable[[dict[str, str]], subprocess.CompletedProcess[str]],
    terraform: Callable[[str], Terraform],
    tmp_path: Path,
) -> None:
    done = plan_services(ACCEPTED[name])
    assert done.returncode == 0, done.stderr
    shown = json.loads(terraform("modules/manifests").must("show", "-json", str(tmp_path / "tfplan")))
    read = shown["planned_values"]["outputs"]["services"]["value"]
    services = {service.name: service for service in manifest.load(tmp_path)}
    assert services.keys() == read.keys()
    for service in services.values():
        terraforms = read[service.name]
        assert terraforms["paths"] == list(service.paths)
        assert terraforms["environment"] == dict(service.environment)
        assert terraforms["is_default"] == (manifest.ROOT_PATH in service.paths)
        for key in ("port", "cpu", "memory", "count", "health", "table"):
            assert terraforms[key] == getattr(service, key), key
        assert terraforms["rules"] == {
            path: manifest.listener_priority(path) for path in service.paths if path != manifest.ROOT_PATH
        }


SCALARS = (
    "0x10", "0o17", "010", "08", "1_000", "0b101", "1e3", "1.5e3", "+2", "-0", "1p3", ".5", "5.", "+.5", "-1",
    ".inf", "+inf", "inf", "12:30", "2026-1-2", "2026-01-02 10:00:00", "2026-01-02T10:00:00Z", "y", "N", "yes",
    "on", "Off", "True", "NO", "~", "null", "Null", "=", "1.2.3", "1,2", "10MB", "-Xmx1g", "+x", ".x", "..", "0xg",
    "0o8", "1e", "1-2", "12345-1-1", "0.0", "1.0", "00", "0", "nUll", "tRue", "yEs", "8000/tcp", "Inf", ".NaN",
    "_1", "1_", "9" * 25, "0X1F", "text", "/a/b", "http://x", "a b", "*", "<<", "2026-13-45", "--", "é", "True ",
    "'no'", '"1e3"', '"a\\/b"', "!!str 1", "!!int '1'", "&a b", "[a]", "{a: b}", "", "|-\n  a\n  b", "2026-11-27x",
    "1 2", "0x", "-.inf", "+0x1", "1__0", "0.1_0",
)  # fmt: skip


def test_what_is_not_refused_is_read_the_same_by_terraform(
    terraform: Callable[[str], Terraform], tmp_path: Path
) -> None:
    """As a value, and as a key."""
    texts = [f"x: {text}\n" for text in SCALARS] + [f"x:\n  {text}: v\n" for text in SCALARS]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    module = terraform("modules/manifests")
    question = f'[for i in range({len(texts)}) : try(jsonencode(yamldecode(file("{tmp_path}/${{i}}.yaml"))), "")]'
    done = subprocess.run(
        ["terraform", "console", "-no-color"], cwd=module.folder, env=module.environment, text=True,
        input=f"jsonencode({question})\n", capture_output=True, check=True,
    )  # fmt: skip
    read = json.loads(json.loads(done.stdout.splitlines()[-1]))
    accepted = 0
    for text, terraforms in zip(texts, read, strict=True):
        try:
            ours = yaml.safe_load(text)
            clear = not list(yaml_text.differences(text))
        except (yaml.YAMLError, ValueError):
            continue
        if clear and not isinstance(ours["x"], float):
            accepted += 1
            assert terraforms, f"Terraform cannot read {text!r}"
            assert json.loads(terraforms) == ours, text
    assert accepted > len(texts) / 3


def test_an_image_that_is_missing_is_named(terraform: Callable[[str], Terraform], tmp_path: Path) -> None:
    write(tmp_path, {"words": GOOD})
    done = terraform("modules/manifests")(
        "plan", "-input=false", "-no-color", f"-var=services_dir={tmp_path}", "-var=images={}"
    )
    assert done.returncode == 1
    assert "words/service.yaml: image: var.images has no image for service words" in " ".join(done.stderr.split())
