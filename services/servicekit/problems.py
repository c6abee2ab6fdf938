"""Error answers: RFC 9457 `application/problem+json`, for every status that is not a success."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.responses import Response

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_OVERLOAD_RETRY_AFTER_SECONDS: Final = 1

_PLACE: Final = re.compile(r"^(?P<detail>.*) - at `\$\.?(?P<where>[^`]*)`$", re.DOTALL)
_FIELD: Final = re.compile(r"^Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL)
_DETAILS: Final = {"missing required": "is missing", "contains unknown": "is not known here"}


class InvalidField(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request."""

    field: Annotated[
        str, Meta(description="The parameter's name, or the path to the value in the JSON body (`template`).")
    ]
    detail: Annotated[str, Meta(description="What is wrong with it, for the person who wrote the client.")]


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer (RFC 9457)."""

    type: Annotated[str, Meta(description='Always "about:blank": the status says it all.')]
    title: Annotated[str, Meta(description="The status in words.")]
    status: Annotated[int, Meta(ge=400, le=599, description="The answer's status.")]
    detail: Annotated[str, Meta(description="What is wrong with this request.")] = ""
    request_id: Annotated[str, Meta(description="The request's id, as in X-Request-Id and in the log.")] = ""
    errors: Annotated[tuple[InvalidField, ...], Meta(description="What is wrong, value by value.")] = ()


class Problem(HTTPException):
    """Raise it anywhere below an endpoint to give an error answer.

    `retry_after_seconds` becomes the Retry-After header.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: tuple[InvalidField, ...] = (),
        headers: Mapping[str, str] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        all_headers = dict(headers or {})
        if retry_after_seconds is not None:
            all_headers["Retry-After"] = str(retry_after_seconds)
        if status == 503:
            # A client that is not told when to come back comes back at once.
            all_headers.setdefault("Retry-After", str(_OVERLOAD_RETRY_AFTER_SECONDS))
        super().__init__(status, detail, all_headers)
        self.errors = errors


def invalid(field: str, detail: str) -> Problem:
    """A 422 about one field, or about the body as a whole (an empty name)."""
    return Problem(422, f"{field}: {detail}" if field else detail, errors=(InvalidField(field, detail),))


def of_validation(error: msgspec.ValidationError) -> Problem:
    """The 422 about what msgspec found, which names the value's place only inside of its message."""
    detail, where = str(error), ""
    if place := _PLACE.match(detail):
        detail, where = place["detail"], place["where"]
    if field := _FIELD.match(detail):
        detail, where = _DETAILS[field["what"]], f"{where}.{field['name']}" if where else field["name"]
    return invalid(where, detail)


def problem_body(status: int, detail: str, *, request_id: str = "", errors: tuple[InvalidField, ...] = ()) -> bytes:
    """The encoded problem document."""
    title = HTTPStatus(status).phrase
    return msgspec.json.encode(
        ProblemDocument(
            type="about:blank",
            title=title,
            status=status,
            detail="" if detail == title else detail,
            request_id=request_id,
            errors=errors,
        )
    )


def problem_response(error: HTTPException, request_id: str) -> Response:
    """The answer with the problem document as its body."""
    errors = error.errors if isinstance(error, Problem) else ()
    body = problem_body(error.status_code, error.detail, request_id=request_id, errors=errors)
    return Response(body, error.status_code, error.headers, media_type=PROBLEM_MEDIA_TYPE)
