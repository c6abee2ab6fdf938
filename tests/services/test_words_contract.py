"""The words service keeps the promises of its document."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from .contract import assert_contract
from .running import RunningService

DOCUMENT = "/api/words/openapi.json"
HOOKS = Path(__file__).with_name("contract_words.py")


@pytest.fixture(scope="module")
def words(start_service: Callable[..., RunningService]) -> RunningService:
    return start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")


def test_the_document_is_valid_and_tells_every_kinds_forms(
    words: RunningService, app_module: Callable[[str, str], ModuleType]
) -> None:
    document = words.client.get(DOCUMENT).json()
    OpenAPIV31SpecValidator(document).validate()
    description = document["paths"]["/api/words"]["get"]["description"]
    for lang, grammar in app_module("words", "grammar").LANGUAGES.items():
        for kind, forms in grammar.forms.items():
            [line] = [line for line in description.splitlines() if line.startswith(f"- `{lang}` {kind}: ")]
            told = line.partition(": ")[2].split(", ")
            assert told[0] == grammar.default[kind]
            assert set(told) == set(forms)


def test_every_answer_is_as_the_document_says(words: RunningService, tmp_path: Path, long_run: bool) -> None:
    (tmp_path / "schemathesis.toml").write_text(f'hooks = "{HOOKS}"\n')
    assert_contract(words, DOCUMENT, tmp_path, long_run=long_run)
