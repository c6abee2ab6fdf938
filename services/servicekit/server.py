"""The server: uvicorn started from code, and ended without losing a request."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from . import logs
from .lifespan import Lifespan, tell
from .protocol import Protocol
from .settings import Settings
from .timing import GRACEFUL_SHUTDOWN_SECONDS


class DrainingServer(uvicorn.Server):
    """A server that goes on answering for a while after SIGTERM.

    ECS sends SIGTERM while the load balancer still has the task in its list, and the load balancer
    keeps connections open for reuse. A server that closes them at once resets requests that are on
    their way. So for `drain_seconds` every answer carries `Connection: close`, new connections are
    accepted, and only then does uvicorn's own shutdown finish what is in flight.

    A second signal ends the drain early; SIGINT (Ctrl-C) never starts one. One that comes before the
    socket is open ends the process at once: there is nobody to be answered. The process exits 0.
    """

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self.drain_seconds = drain_seconds
        self._drain_until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own remembers the signal and raises it again at the end: the process would die of
        # it, and an orderly stop would look like a crash in ECS.
        if not self.started:
            _end_at_once()
        if self.should_exit:
            self.drain_seconds = 0
            self.force_exit = sig == signal.SIGINT
        elif sig == signal.SIGINT:
            self.drain_seconds = 0
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        should_exit = await super().on_tick(counter)
        if not should_exit:
            return False
        if self._drain_until is None:
            self._drain_until = time.monotonic() + self.drain_seconds
            self._close_connections_after_answers()
            logs.emit("info", "draining" if self.drain_seconds else "stopping", seconds=self.drain_seconds)
        return self.drain_seconds == 0 or time.monotonic() >= self._drain_until

    def _close_connections_after_answers(self) -> None:
        close = (b"connection", b"close")
        self.config.encoded_headers.append(close)
        self.server_state.default_headers = [*self.server_state.default_headers, close]
        for connection in self.server_state.connections:
            # Answers in the making took the default headers when their requests came.
            cycle = connection.cycle if isinstance(connection, HttpToolsProtocol) else None
            if cycle is not None and not cycle.response_complete:
                cycle.keep_alive = False

    def _log_started_message(self, listeners: object) -> None:
        port = self.servers[0].sockets[0].getsockname()[1]
        logs.emit("info", "listening", port=port)


def serve(app: ASGIApp, settings: Settings) -> None:
    """Serves `app` until the process is told to stop. Returns after an orderly end."""
    config = uvicorn.Config(
        app,
        host="0.0.0.0",  # whatever address the container is given
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        # The load balancer's headers are read where they are needed.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    # What is loaded by now stays: the garbage collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    config.load()
    config.lifespan_class = Lifespan
    DrainingServer(config, settings.drain_seconds).run()
    logs.flush()
    logs.emit("info", "stopped")


def main(build: Callable[[Settings], ASGIApp]) -> None:
    """A service's entry point: reads the settings, builds the application, serves it.

    Wrong settings end the process with one log line that names the variable, whatever else goes wrong
    before the socket is open with one that names the reason. SIGTERM ends it at once until then.
    """
    # The first process of a container has no default action for it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _end_at_once())
    try:
        settings = Settings.load(os.environ)
        logs.configure(settings.log_level, service=settings.service_name, environment=settings.environment)
        app = build(settings)
    except Exception as error:
        tell(error)
        sys.exit(1)
    serve(app, settings)


def _end_at_once() -> None:
    # Whatever is under way may be deaf to anything milder.
    logs.emit("info", "stopped before it was ready")
    logs.flush()
    os._exit(0)
