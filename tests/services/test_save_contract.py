"""The save service against the document that it serves."""

from collections.abc import Callable
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from .contract import assert_contract
from .running import RunningService


def test_every_answer_is_as_the_document_says(
    start_save: Callable[..., RunningService],
    create_table: Callable[[str], str],
    dynamodb_endpoint: str,
    tmp_path: Path,
    long_run: bool,
) -> None:
    service = start_save(dynamodb_endpoint, create_table("described-stories"))
    OpenAPIV31SpecValidator(service.client.get("/api/stories/openapi.json").json()).validate()
    assert_contract(service, "/api/stories/openapi.json", tmp_path, long_run=long_run)
