"""uvicorn's HTTP protocol, with problem documents where it answers by itself and a short way out."""

import asyncio
from itertools import chain
from typing import Final

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from . import logs
from .exchange import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, Header, new_request_id
from .incoming import HEAD_MAX_BYTES, Unfinished
from .problems import PROBLEM_MEDIA_TYPE, problem_body

_SPECIAL: Final = frozenset({b"connection", b"transfer-encoding"})
_EACH_ITS_OWN: Final = frozenset({b"date", b"x-request-id", b"x-amzn-trace-id", b"location"})
_LINES_MAX: Final = 1000

_lines: dict[Header, bytes] = {}


unfinished = Unfinished()
"""Of all connections of the process."""


class Protocol(HttpToolsProtocol):
    """uvicorn's own but for what it answers by itself, for connections on which requests do not come or
    come to no end, for requests that want another protocol, and for how answers are written.

    - What is not HTTP is a 400. A head that has not come by HEAD_DEADLINE_SECONDS is a 408, one that is too long a 431.
      A connection on which nothing comes, the first time or once more, is closed in silence after
      KEEP_ALIVE_SECONDS.
    - A client that ends its sending (it may, with `shutdown`) gets the answers to what it has sent.
    - A request for another protocol (`Upgrade: h2c`, a WebSocket) is answered as if it had not asked. The parser
      stops at its head, takes the body for the next request, and says so only by `should_upgrade`: a
      new one gets the head once more, without the Upgrade field, and the body.
    """

    _head_without_upgrade = b""
    _coming: object = None
    """What `unfinished` was told of: the scope of the request that is coming, or what came before one."""
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        unfinished.end(self)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        size = len(data)
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    break
                except httptools.HttpParserUpgrade as stop:
                    data = self._head_without_upgrade + data[stop.args[0] :]
                    # Of a connection that ends with this request, the old parser would read no more.
                    self.parser = httptools.HttpRequestParser(self)
                    self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as in uvicorn
        except httptools.HttpParserError:
            self._refuse(400, "the request is not valid HTTP")
            return
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.more_body:
            self._await_the_rest(size)
            return
        if self._coming is not None:
            self._coming = None
            unfinished.end(self)
        if cycle.response_complete:
            # The rest of a body that nobody waited for, or line ends between requests.
            self._await_request()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends nothing more. Whether the connection stays open: there are answers to be sent."""
        unfinished.end(self)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            if self._coming is not None and self._head_is_coming():
                self._refuse(400, "the request ends in the middle of its head")
            return False
        if not cycle.more_body:
            cycle.keep_alive = False
            return True
        if not self.pipeline:
            return False
        # The last request has no end, but the ones before it have: when its turn comes, the client is gone for it.
        cycle.disconnected = True
        cycle.message_event.set()
        self.pipeline[0] = (cycle, self._closing_after(self.pipeline[0][1]))  # type: ignore[arg-type, assignment]
        return True

    def out_of_time(self) -> None:
        """The rest of a request has not come by the deadline."""
        self._coming = None
        cycle = self.cycle
        if self.flow.read_paused:
            # It may well have come: there is something else to do first.
            self._await_the_rest(0)
        elif cycle is not None and not cycle.response_complete:
            # Answers come in order: this one is the last then. If it is its own body that does not come, the
            # request's deadline deals with it.
            cycle.keep_alive = False
        elif self._head_is_coming():
            self._refuse(408, "the request did not come in time")
        else:
            self.transport.close()

    def crowded_out(self) -> None:
        """There are too many connections like this one."""
        self._coming = None
        logs.emit("warning", "a connection makes room: too many are in the middle of a request")
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not self.pipeline):
            self.transport.close()
        else:
            cycle.keep_alive = False

    def _await_request(self) -> None:
        """Closes the connection when nothing has come for as long as it may be idle."""
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _await_the_rest(self, size: int) -> None:
        """There is a part of a request, `size` bytes of which are new."""
        if self.transport.is_closing():
            return
        coming = self.scope or "no request yet"
        if coming is not self._coming:
            self._coming = coming
            self._head_bytes = 0
            unfinished.begin(self)
        if self._head_is_coming():
            self._head_bytes += size
            if self._head_bytes > HEAD_MAX_BYTES:
                self._refuse(431, f"the head of a request may have at most {HEAD_MAX_BYTES} bytes")

    def _head_is_coming(self) -> bool:
        """Whether what is coming is a head, and not the body behind one."""
        return self.cycle is None or self.cycle.scope is not self.scope

    def _closing_after(self, app: ASGIApp) -> ASGIApp:
        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            finally:
                self.transport.close()

        return run

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._head_without_upgrade = self._without_upgrade()
            return
        super().on_headers_complete()
        # The request's task begins in the loop's next turn: its way out can still be changed.
        self.cycle.send = _Answer(self.cycle).send  # type: ignore[method-assign, assignment]

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        # Also of a request that has been answered already: what comes now is the next one.
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def _without_upgrade(self) -> bytes:
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise ValueError("this is no proxy")  # the parser makes a HttpParserError of it
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % field for field in self.headers if field[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _refuse(self, status: int, detail: str) -> None:
        """Answers by itself, and ends the connection."""
        request_id = new_request_id()
        logs.emit("warning", detail, status=status, request_id=request_id)
        body = problem_body(status, detail, request_id=request_id)
        fields: list[Header] = [
            (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
            *SECURITY_HEADERS,
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        self.transport.write(b"".join([STATUS_LINE[status], *map(_line, fields), b"\r\n", body]))
        self.transport.close()


class _Answer:
    """ASGI's send for one request: writes an answer that is complete at once, leaves others to uvicorn.

    uvicorn writes head and body one after the other, each in a system call and a packet of its own,
    and looks for forbidden characters in every header field of every answer.
    """

    __slots__ = ("_cycle", "_head", "_length", "_send", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Keeps a head that says the body's length until the first part of the body comes.

        Raises RuntimeError if a header field has a forbidden character: nothing is written then.
        """
        if message["type"] == "http.response.start":
            known = self._read_head(message)
            # The application has its way out by now. Two objects that know each other would be left to
            # the garbage collector.
            self._cycle.__dict__.pop("send", None)
            if known:
                self._start = message
                # For uvicorn's sake, which would send a 500 of its own if nothing came after the head.
                self._cycle.response_started = True
            else:
                await self._send(message)  # type: ignore[arg-type]
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)  # type: ignore[arg-type]
        elif not self._write_at_once(message):
            self._cycle.response_started = False
            await self._send(start)  # type: ignore[arg-type]
            await self._send(message)  # type: ignore[arg-type]

    def _read_head(self, start: Message) -> bool:
        """Whether the head says the body's length, and nothing that uvicorn must deal with."""
        self._length = b""
        special = False
        self._head = head = [STATUS_LINE[start["status"]]]
        for field in chain(self._cycle.default_headers, start["headers"]):
            line = _lines.get(field)
            if line is None:
                # Only lower case is kept: what was found above needs no look at its letters.
                field = (field[0].lower(), field[1])
                line = _line(field)
            if field[0] == b"content-length":
                self._length = field[1]
            elif field[0] in _SPECIAL:
                special = True
            head.append(line)
        return bool(self._length) and not special

    def _write_at_once(self, message: Message) -> bool:
        """Whether it was possible: the whole body is here, has the length that it says, and is wanted."""
        cycle = self._cycle
        if message.get("more_body") or not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
            return False
        body = message.get("body", b"")
        if self._length != b"%d" % len(body) or cycle.scope["method"] == "HEAD":
            return False
        cycle.transport.write(b"".join([*self._head, b"\r\n", body]))
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
    line = b"%b: %b\r\n" % field
    if name not in _EACH_ITS_OWN and len(_lines) < _LINES_MAX:
        _lines[field] = line
    return line
