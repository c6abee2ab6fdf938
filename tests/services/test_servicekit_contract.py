"""The kit keeps the promises of the document that it makes: shown with the example's notes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.requests import Request
from starlette.responses import Response

from servicekit import API, Operation
from servicekit.openapi import document as document_of

from .contract import assert_contract
from .running import RunningService

EXAMPLE = Path(__file__).parent / "example"
DOCUMENT = "/example/openapi.json"
NOTES = "/example/notes"
PEN = {"X-Pen": "ink"}


class Body(msgspec.Struct):
    """A body."""


@pytest.fixture(scope="module")
def document(example: RunningService) -> dict[str, Any]:
    read: dict[str, Any] = example.client.get(DOCUMENT).json()
    return read


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
    assert document["info"] == {"title": "Example", "description": "Notes in memory.", "version": "1.0"}
    assert document["servers"] == [{"url": "/"}]


def test_every_answer_is_as_the_document_says(
    start_service: Callable[..., RunningService], tmp_path: Path, long_run: bool
) -> None:
    """Every check of Schemathesis, 30 examples per operation (8 s); `--long` has 1,000."""
    notes = start_service(EXAMPLE, SERVICE_NAME="notes", BASE_PATH="/example")
    assert_contract(notes, DOCUMENT, tmp_path, long_run=long_run)


def test_a_document_that_is_not_kept_is_found(start_service: Callable[..., RunningService], tmp_path: Path) -> None:
    broken = start_service(EXAMPLE, SERVICE_NAME="notes", BASE_PATH="/example", ENVIRONMENT="broken")
    with pytest.raises(AssertionError, match="Response violates schema"):
        assert_contract(broken, DOCUMENT, tmp_path)


def test_the_document_is_kept_by_caches_as_long_as_it_is_the_same(example: RunningService) -> None:
    first = example.client.get(DOCUMENT)
    assert first.headers["cache-control"] == "no-cache"
    again = example.client.get(DOCUMENT, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_only_operations_are_in_the_document(document: dict[str, Any]) -> None:
    assert {path: sorted(operations) for path, operations in document["paths"].items()} == {
        NOTES: ["get", "post"],
        f"{NOTES}/{{id}}": ["delete", "get"],
    }


def test_limits_are_in_the_document_as_they_are_checked(document: dict[str, Any]) -> None:
    limit, colour, long = document["paths"][NOTES]["get"]["parameters"]
    assert limit == {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "at most so many",
        "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20, "examples": [3]},
    }
    assert colour["schema"] == {"enum": ["green", "yellow"]}
    assert long["schema"] == {"type": "boolean", "default": False}
    text = document["components"]["schemas"]["NewNote"]["properties"]["text"]
    assert (text["minLength"], text["maxLength"]) == (1, 100)


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", NOTES, {"200", "405", "413", "422", "500", "503"}),
        ("post", NOTES, {"201", "400", "405", "408", "413", "415", "422", "500", "503"}),
        ("delete", f"{NOTES}/{{id}}", {"204", "401", "403", "404", "405", "413", "500", "503"}),
    ],
)
def test_problems_that_follow_from_what_an_operation_takes_are_in_the_document(
    document: dict[str, Any], method: str, path: str, statuses: set[str]
) -> None:
    assert set(document["paths"][path][method]["responses"]) == statuses


def test_what_a_problem_says_besides_itself_is_in_the_document() -> None:
    async def nothing(_: Request) -> Response:
        return Response()

    operation = Operation(nothing, id="x", summary="x", answers={}, body=Body, problems={409: "still running"})
    responses = document_of(API("x", "x", "1"), [("/x", "POST", operation)])["paths"]["/x"]["post"]["responses"]
    more = {status: set(answer["headers"]) - {"X-Request-Id"} for status, answer in responses.items()}
    assert {status: names for status, names in more.items() if names} == {
        "405": {"Allow"},
        "409": {"Retry-After"},
        "415": {"Accept"},
        "503": {"Retry-After"},
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=", "limit"),
        ("limit=three", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%203", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1&limit=1", "limit"),
        ("colour=red", "colour"),
        ("colour=", "colour"),
        ("long=yes", "long"),
        ("size=3", "size"),
        ("=3", ""),
    ],
)
def test_a_wrong_query_is_a_422_that_names_the_parameter(example: RunningService, query: str, field: str) -> None:
    answer = example.client.get(f"{NOTES}?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "query", ["", "limit=50", "limit=007", "l%69mit=%33", "colour=green&long=true", "long=false", "&limit=3&&"]
)
def test_a_right_query_is_read(example: RunningService, query: str) -> None:
    assert example.client.get(f"{NOTES}?{query}").status_code == 200


def test_a_query_that_comes_again_is_read_the_same(example: RunningService) -> None:
    for _ in range(2):
        assert example.client.get(f"{NOTES}?limit=50").status_code == 200
        assert example.client.get(f"{NOTES}?limit=51").status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "a", "tags": ["b", ""]}, "tags[1]"),
        ({"text": "a", "size": 1}, "size"),
        ({"text": "a", "weight": 1.5}, "weight"),
        ({"text": "a", "weight": "1"}, "weight"),
        ([], ""),
    ],
)
def test_a_wrong_body_is_a_422_that_names_the_value(example: RunningService, body: Any, field: str) -> None:
    answer = example.client.post(NOTES, json=body, headers=PEN)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("weight", ["6", "6.0", "6e0", "0.6e1"])
def test_a_whole_number_is_an_integer_however_it_is_written(example: RunningService, weight: str) -> None:
    headers = {**PEN, "Content-Type": "application/json"}
    answer = example.client.post(NOTES, content=f'{{"text":"a","weight":{weight}}}', headers=headers)
    assert (answer.status_code, answer.json()["weight"]) == (201, 6)


@pytest.mark.parametrize("weight", ["1e400", "1e300", "-1.0"])
def test_a_number_beyond_its_limits_is_a_422_however_it_is_written(example: RunningService, weight: str) -> None:
    headers = {**PEN, "Content-Type": "application/json"}
    answer = example.client.post(NOTES, content=f'{{"text":"a","weight":{weight}}}', headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("headers", [[], [("X-Pen", "INK")], [("X-Pen", "ink"), ("X-Pen", "ink")]])
def test_a_wrong_header_field_is_a_422_that_names_it(example: RunningService, headers: list[tuple[str, str]]) -> None:
    answer = example.client.post(NOTES, json={"text": "a"}, headers=headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["x-pen"]


def test_a_path_that_does_not_fit_leads_nowhere(example: RunningService) -> None:
    assert example.client.get(f"{NOTES}/x").status_code == 404


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic dTpw"])
def test_who_has_no_token_is_told_that_one_is_needed(example: RunningService, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = example.client.delete(f"{NOTES}/1", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_readmes_example_is_a_service(start_service: Callable[..., RunningService], tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    readme = (Path(__file__).parents[2] / "services" / "README.md").read_text()
    (tmp_path / "app" / "__main__.py").write_text(readme.partition("```python\n")[2].partition("```")[0])
    quotes = start_service(tmp_path, SERVICE_NAME="quotes", BASE_PATH="/api/quotes")
    assert len(quotes.client.get("/api/quotes?count=2").json()["quotes"]) == 2
    assert quotes.client.get("/api/quotes?count=4").status_code == 422
    OpenAPIV31SpecValidator(quotes.client.get("/api/quotes/openapi.json").json()).validate()
