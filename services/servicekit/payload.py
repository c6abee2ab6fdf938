"""JSON in and out.

msgspec does both: of the fast encoders it is the one that also checks a body against a typed
structure while it decodes, so no second library is needed for validation.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from .problems import Problem, of_validation

T = TypeVar("T")

_WITHOUT_BODY: Final = (204, 304)
_CONTENT_TYPE: Final = (b"content-type", b"application/json")

_encoder = msgspec.json.Encoder()


class JSON(Response):
    """A response whose content is encoded as JSON: structs, dataclasses, dicts, lists, dates.

    With status 204 or 304 it has no body, whatever the content.
    """

    media_type: str | None = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        if headers is not None or status_code in _WITHOUT_BODY:
            super().__init__(content, status_code, headers)
            return
        # Starlette's own way to the same takes several times as long.
        self.status_code = status_code
        self.background = None
        self.body = body = _encoder.encode(content)
        self.raw_headers = [(b"content-length", b"%d" % len(body)), _CONTENT_TYPE]

    def render(self, content: Any) -> bytes:
        return b"" if self.status_code in _WITHOUT_BODY else _encoder.encode(content)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        if not self.body:
            self.media_type = None
        super().init_headers(headers)


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
        try:
            return msgspec.json.decode(body, type=structure)
        except msgspec.ValidationError:
            # Once more with 6.0 as the integer 6, which it is in JSON Schema and to JavaScript. The first
            # attempt may have ended before what is no JSON at all.
            return msgspec.convert(_lenient.decode(body), structure)
    except msgspec.ValidationError as error:
        raise of_validation(error) from None
    except RecursionError:
        raise Problem(400, "the body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, f"the body is not valid JSON: {error}") from None


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


_lenient = msgspec.json.Decoder(float_hook=_number)
