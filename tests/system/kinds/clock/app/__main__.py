"""Answers with the time, and who asked it to."""

import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """The time."""
        body = f"{os.environ['OF']} {time.time():.0f}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(os.environ["CLOCK_PORT"])), Handler).serve_forever()
