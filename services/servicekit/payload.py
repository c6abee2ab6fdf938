"""JSON in and out.

msgspec does both: of the fast encoders it is the one that also checks a body against a typed
structure while it decodes, so no second library is needed for validation.
"""

import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from .problems import InvalidField, Problem

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_LOCATION = re.compile(r"^(?P<detail>.*) - at `\$\.?(?P<field>[^`]*)`$", re.DOTALL)


class JSON(Response):
    """A response whose content is encoded as JSON: structs, dataclasses, dicts, lists, dates."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return _encoder.encode(content)


async def read_json(request: Request, structure: type[T]) -> T:
    """The request's body as `structure`.

    Raises Problem: 415 if the body is not declared to be JSON, 400 if it is not JSON, 422 if it
    does not fit the structure (the problem names the field), 413 from below if it is too large.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "the body must be sent as application/json", headers={"Accept": "application/json"})
    body = await request.body()
    try:
        return msgspec.json.decode(body, type=structure)
    except msgspec.ValidationError as error:
        found = _LOCATION.match(str(error))
        field, detail = (found["field"], found["detail"]) if found else ("", str(error))
        raise Problem(422, str(error), errors=(InvalidField(field, detail),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, f"the body is not valid JSON: {error}") from None
