"""Keeps a Terraform state in memory, for Terraform's http backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class _State(BaseHTTPRequestHandler):
    kept = b""

    def do_GET(self) -> None:
        self._answer(200 if self.kept else 204, self.kept)

    def do_POST(self) -> None:
        type(self).kept = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Says nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def kept() -> Iterator[str]:
    """The address at which one state can be read and written."""
    _State.kept = b""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _State)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
