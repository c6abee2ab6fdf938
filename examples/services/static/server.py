"""`python3 server.py`: serves the folder `site` beside it below BASE_PATH."""

import os
import signal
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).with_name("site")
# Beyond this the load balancer sends no more requests.
DRAIN_SECONDS = 20.0


class Files(SimpleHTTPRequestHandler):
    """The files of a folder; a folder's own page is its index.html, and no folder is listed."""

    protocol_version = "HTTP/1.1"
    # Longer than the load balancer keeps a connection, so that it is the one that closes it.
    timeout = 75
    base = os.environ.get("BASE_PATH", "/").rstrip("/")

    def do_GET(self) -> None:
        """A file, or that all is well."""
        if self.path == "/healthz":
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        """The file of a path below BASE_PATH; elsewhere there is nothing."""
        is_below = path == self.base or path.startswith((f"{self.base}/", f"{self.base}?"))
        return super().translate_path(path.removeprefix(self.base) or "/") if is_below else os.devnull + "/none"

    def send_head(self):
        """The head of an answer; BASE_PATH itself is the folder's page."""
        path, mark, query = self.path.partition("?")
        if path == self.base:
            self.path = f"{path}/{mark}{query}"
        return super().send_head()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """A folder without a page of its own is not there."""
        self.send_error(404)

    def end_headers(self) -> None:
        """What every answer has."""
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


def main() -> None:
    """Serve until SIGTERM, and for as long after it as requests may come."""
    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), partial(Files, directory=str(SITE)))
    drain = float(os.environ.get("DRAIN_SECONDS", DRAIN_SECONDS))
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(drain, server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
