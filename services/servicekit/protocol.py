"""uvicorn's HTTP protocol, with problem documents where it answers by itself and a short way out."""

from itertools import chain
from typing import Final

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from .exchange import Header, new_request_id
from .problems import problem_body

_SPECIAL: Final = frozenset({b"connection", b"transfer-encoding"})
_EACH_ITS_OWN: Final = frozenset({b"date", b"x-request-id", b"x-amzn-trace-id", b"location"})
_LINES_MAX: Final = 1000

_lines: dict[Header, bytes] = {}


class Protocol(HttpToolsProtocol):
    """uvicorn's own but for its answer to what is not HTTP, and for how answers are written."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The request's task begins in the loop's next turn: its way out can still be changed.
        self.cycle.send = _Answer(self.cycle).send  # type: ignore[method-assign, assignment]

    def send_400_response(self, msg: str) -> None:
        request_id = new_request_id()
        body = problem_body(400, "the request is not valid HTTP", request_id=request_id)
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nx-request-id: %b\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (request_id.encode(), len(body), body)
        )
        self.transport.close()


class _Answer:
    """ASGI's send for one request: writes an answer that is complete at once, leaves others to uvicorn.

    uvicorn writes head and body one after the other, each in a system call and a packet of its own,
    and looks for forbidden characters in every header field of every answer.
    """

    __slots__ = ("_cycle", "_send", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Keeps the head until the first part of the body comes."""
        if message["type"] == "http.response.start":
            self._start = message
            # The application has its way out by now. Two objects that know each other would be left to
            # the garbage collector.
            self._cycle.__dict__.pop("send", None)
            # For uvicorn's sake, which would send a 500 of its own if nothing came after the head.
            self._cycle.response_started = True
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)  # type: ignore[arg-type]
        elif not self._write_at_once(start, message):
            self._cycle.response_started = False
            await self._send(start)  # type: ignore[arg-type]
            await self._send(message)  # type: ignore[arg-type]

    def _write_at_once(self, start: Message, message: Message) -> bool:
        """Whether it was possible: the whole body is here, has the length that it says, and is wanted."""
        cycle = self._cycle
        if message.get("more_body") or not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
            return False
        body = message.get("body", b"")
        length = b""
        parts = [STATUS_LINE[start["status"]]]
        for field in chain(cycle.default_headers, start["headers"]):
            name = field[0]
            if name == b"content-length":
                length = field[1]
            elif name in _SPECIAL:
                return False
            parts.append(_lines.get(field) or _line(field))
        if length != b"%d" % len(body) or cycle.scope["method"] == "HEAD":
            return False
        parts += (b"\r\n", body)
        cycle.transport.write(b"".join(parts))
        # From here on as in uvicorn.
        cycle.waiting_for_100_continue = False
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True


def _line(field: Header) -> bytes:
    """A header field as it is sent, kept for the next answer if it may well have the same."""
    name, value = field
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError(f"a header field has a forbidden character: {name!r}")
    line = b"%b: %b\r\n" % (name.lower(), value)
    if name not in _EACH_ITS_OWN and len(_lines) < _LINES_MAX:
        _lines[field] = line
    return line
