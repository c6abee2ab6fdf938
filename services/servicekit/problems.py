"""Error answers: RFC 9457 `application/problem+json`, for every status that is not a success."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


class InvalidField(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request."""

    field: str
    """The query parameter's name, or the path to the value in the JSON body (`template`)."""
    detail: str
    """What is wrong with it, for the person who wrote the client."""


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error answer. `type` is always "about:blank": the status says it all."""

    type: str
    title: str
    status: int
    detail: str = ""
    request_id: str = ""
    errors: tuple[InvalidField, ...] = ()


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
        super().__init__(status, detail, all_headers)
        self.errors = errors


def invalid(field: str, detail: str) -> Problem:
    """A 422 about one field."""
    return Problem(422, f"{field}: {detail}", errors=(InvalidField(field, detail),))


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


def problem_response(
    status: int,
    detail: str,
    *,
    request_id: str = "",
    errors: tuple[InvalidField, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer with the problem document as its body."""
    body = problem_body(status, detail, request_id=request_id, errors=errors)
    return Response(body, status, headers, media_type="application/problem+json")


async def handle_http_exception(request: Request, exc: Exception) -> Response:
    """Starlette's exception handler for HTTPException, and so for Problem."""
    assert isinstance(exc, HTTPException)
    return problem_response(
        exc.status_code,
        exc.detail,
        request_id=request.scope.get("request_id", ""),
        errors=getattr(exc, "errors", ()),
        headers=exc.headers,
    )
