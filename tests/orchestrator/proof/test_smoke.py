"""The smoke test against a load balancer that misbehaves in the ways that load balancers and services do."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.project import manifest
from orchestrator.project.manifest import Service
from orchestrator.project.smoke_requests import SmokeRequest
from orchestrator.proof import http_client, smoke
from orchestrator.target import Address

pytestmark = pytest.mark.slow

SAVE, WEBSITE, WORDS = manifest.load()
VERBS = Service("verbs", Path(), ("/api/verbs", "/api/adverbs"))


class Balancer(ThreadingHTTPServer):
    """Answers each path from a list of (status, type, body), the last one again and again."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), Handler)
        self.host = address
        self.answers: dict[str, list[tuple[int, str, bytes]]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.created: dict[str, Any] = {"delete_token": "token"}
        self.deleted: list[tuple[str, str | None]] = []
        self.delete_status = 204
        self.location = "/api/stories/1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Balancer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in self.server.kept:
            return self.reply(200, "application/json", json.dumps(self.server.kept[path]).encode())
        queue = self.server.answers[path]
        return self.reply(*(queue.pop(0) if len(queue) > 1 else queue[0]))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        queue = self.server.answers.get(self.path)
        if queue:
            return self.reply(*queue[0])
        self.server.kept["/api/stories/1"] = body
        return self.reply(
            201, "application/json", json.dumps(self.server.created).encode(), Location=self.server.location
        )

    def do_DELETE(self) -> None:
        self.server.deleted.append((self.path, self.headers["Authorization"]))
        return self.reply(self.server.delete_status, "application/problem+json", b"")

    def reply(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


PAGE = (200, "text/html; charset=utf-8", b"<html></html>")
NOUNS = (200, "application/json", b'{"kind": "noun", "words": ["a", "b", "c"]}')
NOT_THERE = (503, "text/html", b"<html>503</html>")


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Balancer]:
    server = Balancer()
    if context is not None:  # before it begins to wait at its socket
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.answers = {"/": [PAGE], "/api/words": [NOUNS], "/api/verbs": [(200, "text/plain", b"")]}
    server.answers["/api/adverbs"] = [(302, "text/plain", b"")]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    with serving() as server:
        yield server


def run(balancer: Balancer, services: list[Service], patience: float = 0.0) -> Stage:
    stage = Stage("smoke test", _console=Console(live=False))
    smoke.test(Address(balancer.url, "127.0.0.1"), services, stage, environment="local", patience_seconds=patience)
    return stage


def test_a_proxy_is_for_names_and_not_for_this_machine_and_its_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    containers, proxy = Balancer("127.0.0.2"), Balancer()
    containers.answers, proxy.answers = {"/": [PAGE]}, {"http://stories.example/": [NOUNS]}
    for server in (containers, proxy):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    try:
        assert http_client.Client(containers.url).fetch("/").body == PAGE[2]
        assert http_client.Client("http://stories.example/").fetch("/").body == NOUNS[2]
    finally:
        for server in (containers, proxy):
            server.shutdown()
            server.server_close()


def fails(balancer: Balancer, services: list[Service], patience: float = 0.0) -> Failure:
    with pytest.raises(Failure) as caught:
        run(balancer, services, patience)
    return caught.value


def test_page_words_and_story_pass(balancer: Balancer) -> None:
    assert run(balancer, [WEBSITE, WORDS, SAVE]).result == "website, words, save passed"
    (story,) = balancer.kept.values()
    assert story["listed"] is False, "the smoke test's story is no reader's story"
    assert balancer.deleted == [("/api/stories/1", "Bearer token")]


def test_a_story_that_cannot_be_deleted_fails(balancer: Balancer) -> None:
    balancer.delete_status = 403
    assert f"DELETE {balancer.url}api/stories/1 answered 403, not 204" in fails(balancer, [SAVE]).reason


def test_a_story_without_a_token_fails(balancer: Balancer) -> None:
    balancer.created = {}
    assert "answered JSON without delete_token" in fails(balancer, [SAVE]).reason
    assert balancer.deleted == []


def test_targets_that_are_not_there_yet_are_waited_for(balancer: Balancer) -> None:
    balancer.answers["/"] = [NOT_THERE, NOT_THERE, PAGE]
    assert run(balancer, [WEBSITE], patience=20).result == "website passed"


def test_targets_that_never_come_fail(balancer: Balancer) -> None:
    balancer.answers["/"] = [NOT_THERE]
    assert "503" in fails(balancer, [WEBSITE]).reason


def test_a_wrong_answer_fails_at_once(balancer: Balancer) -> None:
    balancer.answers["/api/stories"] = [(422, "application/problem+json", b'{"title": "no"}')]
    failure = fails(balancer, [SAVE], patience=60)
    assert failure.message == "the smoke test of save failed"
    assert 'answered 422, not 201: {"title": "no"}' in failure.reason


@pytest.mark.parametrize(
    "answer",
    [
        (200, "application/json", b'{"kind": "verb", "words": ["a", "b", "c"]}'),
        (200, "application/json", b'{"kind": "noun", "words": ["a"]}'),
        (200, "text/html", b"<html></html>"),
        (500, "application/json", b"{}"),
    ],
)
def test_words_must_be_the_words_asked_for(balancer: Balancer, answer: tuple[int, str, bytes]) -> None:
    balancer.answers["/api/words"] = [answer]
    assert fails(balancer, [WORDS]).message == "the smoke test of words failed"


def test_a_page_must_be_a_page(balancer: Balancer) -> None:
    balancer.answers["/"] = [(200, "application/json", b"{}")]
    assert "answered application/json that does not contain '</html>'" in fails(balancer, [WEBSITE]).reason


def test_a_story_that_reads_back_differently_fails(balancer: Balancer) -> None:
    balancer.kept["/api/stories/1"] = {"text": "another"}
    balancer.answers["/api/stories"] = [(201, "application/json", b"{}")]
    assert fails(balancer, [SAVE]).message == "the smoke test of save failed"


@pytest.mark.parametrize("status", [404, 500])
def test_every_path_of_a_service_without_smoke_requests_must_answer(balancer: Balancer, status: int) -> None:
    assert run(balancer, [VERBS], patience=0).result == "verbs passed"
    balancer.answers["/api/adverbs"] = [(status, "text/plain", b"broken")]
    said = fails(balancer, [VERBS]).reason
    assert said == f"GET {balancer.url}api/adverbs answered {status}, not 2xx or 3xx: broken"


def test_what_an_answer_gives_is_used_by_the_next_request(balancer: Balancer) -> None:
    balancer.created = {"number": 7, "delete_token": "t"}
    balancer.answers["/api/verbs/7"] = [(200, "application/json", b'{"is": ["7", {"deep": true}], "more": 1}')]
    post = SmokeRequest("POST", "/api/verbs", 201, body={}, keep={"number": "json number"})
    get = SmokeRequest("GET", "{base}/{number}", json={"is": ["*", {"deep": True}]})
    balancer.answers.pop("/api/verbs")
    assert run(balancer, [replace(VERBS, smoke=(post, get))]).result == "verbs passed"
    balancer.answers["/api/verbs/7"] = [(200, "application/json", b'{"is": ["7", {"deep": 1}]}')]
    assert (
        "answered JSON in which is[1].deep is 1, not True"
        in fails(balancer, [replace(VERBS, smoke=(post, get))]).reason
    )


def test_an_address_that_names_a_host_is_asked_for_where_the_others_are(balancer: Balancer) -> None:
    balancer.location = "https://elsewhere.invalid/api/stories/1"
    assert run(balancer, [SAVE]).result == "save passed"


def test_nobody_listening_fails_with_the_reason() -> None:
    stage = Stage("smoke test", _console=Console(live=False))
    with pytest.raises(Failure) as caught:
        smoke.test(Address("http://127.0.0.1:1/", ""), [WEBSITE], stage, environment="staging", patience_seconds=0)
    assert "no answer" in caught.value.reason
    assert caught.value.next_step == "python3 orchestrate.py logs website staging"


@pytest.mark.parametrize("body", [b"[1]", b"null", b'"words"', b'{"kind": "noun", "words": 3}', b"no json"])
def test_an_answer_of_another_shape_is_a_wrong_answer(balancer: Balancer, body: bytes) -> None:
    balancer.answers["/api/words"] = [(200, "application/json", body)]
    assert fails(balancer, [WORDS], patience=60).message == "the smoke test of words failed"


def test_something_that_speaks_no_http_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            with server.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(b"220 smtp ready\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(http_client.NotYet, match="no answer"):
            http_client.Client(f"http://127.0.0.1:{server.getsockname()[1]}/").fetch("/")
        thread.join()


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Balancer]:
    """The same behind HTTPS, with a certificate for storyizer.invalid, a name that resolves nowhere."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
         "-subj", "/CN=storyizer.invalid", "-addext", "subjectAltName=DNS:storyizer.invalid"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(context) as server:
        yield server


def test_a_domain_that_does_not_resolve_yet_is_asked_for_at_the_load_balancer(secured: Balancer) -> None:
    address = Address(f"https://storyizer.invalid:{secured.server_port}/", "127.0.0.1")
    assert not address.resolves
    stage = Stage("smoke test", _console=Console(live=False))
    smoke.test(address, [WEBSITE, WORDS], stage, environment="production", patience_seconds=0)
    assert stage.result == "website, words passed"


def test_a_certificate_for_another_name_fails(secured: Balancer) -> None:
    address = Address(f"https://other.invalid:{secured.server_port}/", "127.0.0.1")
    with pytest.raises(Failure) as caught:
        smoke.test(
            address, [WEBSITE], Stage("smoke test", _console=Console(live=False)), environment="x", patience_seconds=0
        )
    assert "certificate" in caught.value.reason
