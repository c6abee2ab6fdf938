"""Whether a task answers at each of its ports, asked over real connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Port
from orchestrator.proof import probe, smoke

TASK = {
    "taskArn": "arn:aws:ecs:us-east-1:000000000000:task/storyizer-local/0123456789",
    "attachments": [{"details": [{"name": "privateIPv4Address", "value": "127.0.0.1"}]}],
}


class Ready(BaseHTTPRequestHandler):
    """Answers /ready alone."""

    def do_GET(self) -> None:
        """200 or 404."""
        self.send_response(200 if self.path == "/ready" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two ports at which a program listens."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Ready) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield servers[0].server_port, servers[1].server_port
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_task_is_well_if_it_answers_at_every_port(ports: tuple[int, int]) -> None:
    assert probe.of_ports(TASK, [(port, "/ready") for port in ports]) is None


def test_one_port_that_answers_otherwise_is_enough_for_a_complaint(ports: tuple[int, int]) -> None:
    found = probe.of_ports(TASK, [(ports[0], "/ready"), (ports[1], "/other")])
    assert found is not None and found.lasting
    assert found.text == f"task 01234567 answers /other at port {ports[1]} with 404"


def test_a_port_at_which_nobody_listens_is_named(ports: tuple[int, int]) -> None:
    found = probe.of_ports(TASK, [(ports[0], "/ready"), (9, "/ready")])
    assert found is not None and not found.lasting
    assert found.text.startswith("task 01234567 does not answer /ready at port 9: ")


def test_the_paths_of_every_port_are_tried_where_a_manifest_asks_for_nothing_else() -> None:
    service = Service("shop", Path(), ("/shop",), ports={9000: Port(paths=("/shop/admin", "/admin"))})
    assert [request.path for request in smoke.requests(service)] == ["/shop", "/shop/admin", "/admin"]
