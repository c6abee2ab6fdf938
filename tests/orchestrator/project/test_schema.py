"""The schema of service.yaml: what editors are given judges as the check does, and environments differ as they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from orchestrator.errors import Failure
from orchestrator.project import environment as environments
from orchestrator.project import manifest
from orchestrator.project.schema import describe
from orchestrator.project.schema.exports import editor, terraform
from orchestrator.project.schema.service import NOT_FOR_TERRAFORM, NOT_KEYS, Service
from orchestrator.system import paths
from tests.orchestrator.project.manifests import INVALID, VALID

VALIDATOR = jsonschema.Draft202012Validator(editor.schema())
# What an editor cannot know: what an earlier request keeps, where a request is routed, what the text of the file says.
# To JSON Schema 256.0 is an integer.
BEYOND_AN_EDITOR = ("goes to another service", "which no request before has kept", "is 256.0;")


def load(folder: Path, text: str, environment: str | None = None) -> Service:
    (folder / "verbs").mkdir(exist_ok=True)
    (folder / "verbs" / "service.yaml").write_text(text)
    (service,) = manifest.load(folder, environment=environment)
    return service


def complaint(folder: Path, text: str, **options: Any) -> str:
    with pytest.raises(Failure) as caught:
        (folder / "verbs").mkdir(exist_ok=True)
        (folder / "verbs" / "service.yaml").write_text(text)
        manifest.load(folder, **options)
    return caught.value.reason


def test_the_schema_for_editors_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(editor.schema())


@pytest.mark.parametrize("text", VALID)
def test_what_the_check_takes_an_editor_takes(tmp_path: Path, text: str) -> None:
    load(tmp_path, text)
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("text", INVALID)
def test_what_the_check_refuses_an_editor_refuses(tmp_path: Path, text: str) -> None:
    said = complaint(tmp_path, text)
    if not any(part in said for part in BEYOND_AN_EDITOR):
        assert not VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_manifests_of_the_checkout_name_the_schema_and_keep_to_it() -> None:
    for file in paths.SERVICES.glob("*/service.yaml"):
        text = file.read_text()
        _, _, named = text.splitlines()[0].partition("# yaml-language-server: $schema=")
        assert (file.parent / named).resolve() == paths.SERVICES / "service.schema.json"
        assert VALIDATOR.is_valid(yaml.safe_load(text))


def test_every_key_has_a_description() -> None:
    for name, key in describe.keys(Service).items():
        assert name in NOT_KEYS or key.description
        model = describe.item_of(key.type)
        if model is not None and hasattr(model, "__pydantic_config__"):
            assert all(below.description for below in describe.keys(model).values())


def test_terraform_gets_every_key_that_is_not_the_orchestrators_alone() -> None:
    (service,) = terraform.values([Service("words", Path("elsewhere/words"), ("/",))], {}).values()
    assert set(describe.keys(Service)) - set(NOT_FOR_TERRAFORM) <= service.keys()
    assert all(f" {name} " in terraform.variable() for name in service)


def test_an_environment_has_what_it_sets_and_all_else_as_it_is(tmp_path: Path) -> None:
    text = """paths: [/a]
cpu: 512
memory: 2048
environment: {LOG_LEVEL: info, COLOUR: red}
environments:
  staging: {memory: 1024}
  production: {cpu: 1024, count: 4, environment: {LOG_LEVEL: warning, MORE: "1"}}
"""
    production = load(tmp_path, text, "production")
    assert (production.cpu, production.memory, production.count) == (1024, 2048, 4)
    assert production.environment == {"LOG_LEVEL": "warning", "COLOUR": "red", "MORE": "1"}
    staging = load(tmp_path, text, "staging")
    assert (staging.cpu, staging.memory, staging.count) == (512, 1024, 2)
    assert staging.environment == {"LOG_LEVEL": "info", "COLOUR": "red"}
    assert load(tmp_path, text, "local") == load(tmp_path, text.partition("environments:")[0], "local")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("paths: [/a]\nenvironments: [a]\n", 2, "'environments' is a list, not a mapping; write environments: {"),
        ("paths: [/a]\nenvironments:\n  staging: 3\n", 3, "'environments.staging' is a number, not a mapping"),
        ("paths: [/a]\nenvironments:\n  staging:\n", 3, "'environments.staging' is empty, not a mapping"),
        (
            "paths: [/a]\nenvironments:\n  staging:\n    counts: 3\n",
            4,
            "unknown key 'counts' in environments.staging; did you mean 'count'?",
        ),
        (
            "paths: [/a]\nenvironments:\n  staging:\n    port: 8001\n",
            4,
            "unknown key 'port' in environments.staging; known keys: cpu, memory, count, environment, secrets",
        ),
        ("paths: [/a]\nenvironments:\n  staging:\n    count:\n", 4, "'environments.staging.count' is empty"),
        (
            "paths: [/a]\nenvironments:\n  staging:\n    count: 101\n",
            4,
            "'environments.staging.count' is 101; use 0 to",
        ),
        ("paths: [/a]\nenvironments:\n  staging:\n    cpu: 512\n", 4, "Fargate has no task of 512 CPU units and 512"),
        (
            "paths: [/a]\nenvironments:\n  staging:\n    environment:\n      A: 1\n",
            5,
            "'environments.staging.environment' sets A to a number, not text; quote it: A: \"1\"",
        ),
        (
            "paths: [/a]\nenvironments:\n  staging:\n    environment: {PORT: a}\n",
            4,
            "'environments.staging.environment' sets PORT, which Terraform sets",
        ),
        ("paths: [/a]\nenvironments:\n  staging: {}\n  staging: {}\n", 4, "'environments' sets staging twice"),
    ],
)
def test_a_mistake_in_an_environment_has_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    reason = complaint(tmp_path, text)
    assert f"verbs/service.yaml:{line}: " in reason
    assert said in reason


def test_an_environment_that_there_is_not_is_a_mistake(tmp_path: Path) -> None:
    text = "paths: [/a]\nenvironments:\n  local: {count: 1}\n  prodution: {count: 4}\n"
    reason = complaint(tmp_path, text, known=environments.known())
    assert reason == (
        f"{tmp_path}/verbs/service.yaml:4: 'environments' names 'prodution', which has no file in "
        "terraform/environments; did you mean 'production'?"
    )
