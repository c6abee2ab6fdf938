"""uvicorn's HTTP protocol, with problem documents where it answers by itself and a short way out."""

import asyncio
import functools
from collections.abc import Container
from typing import Final
from urllib.parse import unquote

import httptools
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from . import logs
from .cycle import Cycle, default_lines
from .exchange import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, new_request_id
from .fields import Header, lines
from .incoming import HEAD_MAX_BYTES, Idle, Unfinished
from .problems import PROBLEM_MEDIA_TYPE, problem_body
from .timing import REST_SECONDS

unfinished = Unfinished()
"""Of all connections of the process."""

idle = Idle()
"""Of all connections of the process."""

_REMEMBERED_MAX_BYTES: Final = 200


class Protocol(HttpToolsProtocol):
    """uvicorn's own but for what it answers by itself, for connections on which requests do not come or
    come to no end, for requests that want another protocol, for requests that need no task, and for how answers
    are written.

    - What is not HTTP is a 400. A head that has not come by HEAD_DEADLINE_SECONDS is a 408, one that is too long a 431.
      A connection on which nothing comes, the first time or once more, is closed in silence after
      KEEP_ALIVE_SECONDS.
    - A client that ends its sending (it may, with `shutdown`) gets the answers to what it has sent.
    - When the process ends, a new connection on which nothing has come yet, and one on which a head is coming, have
      REST_SECONDS: what is on its way then is answered.
    - A request for another protocol (`Upgrade: h2c`, a WebSocket) is answered as if it had not asked. The parser
      stops at its head, takes the body for the next request, and says so only by `should_upgrade`: a
      new one gets the head once more, without the Upgrade field, and the body.
    - A GET of a path that the application names in `at_once` is answered before anything else happens: to make a
      task and to come back to it takes as long as a quarter of a small answer.
    """

    _head_without_upgrade = b""
    _coming: object = None
    """What `unfinished` was told of: the scope of the request that is coming, or what came before one."""
    _head_bytes = 0
    _new: Cycle | None = None
    """A request whose head has come while the parser is still at work."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._at_once: Container[str] = getattr(self.app, "at_once", ())
        idle.begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        unfinished.end(self)
        idle.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        idle.end(self)
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
            self._begin_new()
            self._refuse(400, "the request is not valid HTTP")
            return
        began = self._begin_new()
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.more_body:
            self._await_the_rest(size)
            return
        if self._coming is not None:
            self._coming = None
            unfinished.end(self)
        if cycle.response_complete and not began:
            # The rest of a body that nobody waited for, or line ends between requests.
            idle.begin(self)

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

    def shutdown(self) -> None:
        """The process ends, and accepts no more. What is answered from now on ends its connection."""
        if self._is_waited_for():
            self.loop.call_later(REST_SECONDS, self._close_unless_begun)
        else:
            super().shutdown()

    def _close_unless_begun(self) -> None:
        if self._is_waited_for():
            self.transport.close()

    def _is_waited_for(self) -> bool:
        """Whether the first request is still to come, or the rest of a head."""
        return self.cycle is None or (self._coming is not None and self._head_is_coming())

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
        # As in uvicorn from here on, but that addresses which come again and again are not taken apart each time, and
        # that nothing begins as long as the parser is at work.
        parser, scope, url = self.parser, self.scope, self.url
        scope["method"] = parser.get_method().decode("ascii")
        version = parser.get_http_version()
        if version != "1.1":
            scope["http_version"] = version
        remembered = len(url) <= _REMEMBERED_MAX_BYTES
        scope["path"], scope["raw_path"], scope["query_string"] = _known_parts(url) if remembered else _parts(url)
        before = self.cycle
        self.cycle = cycle = Cycle(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            False,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            version != "1.0" and parser.should_keep_alive(),
            self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._new = cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        # Also of a request that has been answered already: what comes now is the next one.
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            # Not at once: one connection is not to keep the others waiting with all that it has sent.
            self._start_asgi_task(*self.pipeline.pop())
        else:
            idle.begin(self)

    def _begin_new(self) -> bool:
        """Begins to answer a request whose head has come; whether there was one."""
        cycle, self._new = self._new, None
        if cycle is None:
            return False
        scope = cycle.scope
        if (
            scope["path"] in self._at_once
            and scope["method"] == "GET"
            and not (cycle.more_body or cycle.body or cycle.flow.write_paused)
            and cycle.keep_alive
            and default_lines(cycle.default_headers) is not None
        ):
            self._answer_at_once(cycle)
        else:
            self._start_asgi_task(cycle, self.app)
        return True

    def _answer_at_once(self, cycle: Cycle) -> None:
        cycle.scope["at_once"] = True  # type: ignore[typeddict-unknown-key]
        run = cycle.run_asgi(self.app)
        try:
            run.send(None)
            # There is no task that could wait, and no deadline for it.
            run.throw(RuntimeError("what is answered at once must not wait"))
            run.close()
        except StopIteration:
            pass

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
        self.transport.write(b"".join([STATUS_LINE[status], lines(fields), b"\r\n", body]))
        self.transport.close()


def _parts(url: bytes) -> tuple[str, bytes, bytes]:
    """The path, decoded and as it came, and the query."""
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return unquote(path) if "%" in path else path, parsed.path, parsed.query or b""


_known_parts = functools.lru_cache(maxsize=1024)(_parts)
