"""A real HTTP server that answers as a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """What was received; `answers` are the statuses to give, the last one again and again; `wait` is for hanging."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = [200]
        self.headers: dict[str, str] = {}
        self.wait_seconds = 0.0
        self.trickle = False
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T0/secret-token?key=hidden-key"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server while inside."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            place.received.append({"path": self.path, "headers": dict(self.headers), "body": json.loads(body)})
            if place.trickle:
                for byte in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 400:
                    try:
                        self.wfile.write(bytes((byte,)))
                    except OSError:
                        return
                    if place.released.wait(0.05):
                        return
                return
            place.released.wait(place.wait_seconds)
            status = place.answers.pop(0) if len(place.answers) > 1 else place.answers[0]
            self.send_response(status)
            for name, value in place.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            place.received.append({"path": self.path, "body": None})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    place = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield place
    place.released.set()
    server.shutdown()
    thread.join()
    server.server_close()
