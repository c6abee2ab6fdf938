"""The save service's own HTTP with DynamoDB: a server here says every byte of its answers."""

import contextlib
import socket
import ssl
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

BODY = b'{"TableNames":["stories"]}'
HEAD = b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 7\r\nx-amz-crc32: %d\r\n" % zlib.crc32(BODY)
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
ANSWER = HEAD + LENGTH + BODY
TIMEOUT_SECONDS = 60.0
IMPATIENT_SECONDS = 2.0
"""Where it is waited for."""


class Server:
    """Gives each request the next of `answers`, in the parts that these are of; closes a connection after an empty
    part, and says nothing more once there are no answers left. `ended` counts the connections that it has closed."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: list[list[bytes]] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = threading.Semaphore(0)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accepts no more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(self.ended.release)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            stack.enter_context(connection)
            received = b""
            while data := connection.recv(65536):
                received += data
                head, found, body = received.partition(b"\r\n\r\n")
                if not found or len(body) < int(field(head, b"content-length")):
                    continue
                self.requests.append(received)
                received = b""
                for part in self.answers.pop(0) if self.answers else []:
                    if not part:
                        return
                    connection.sendall(part)


def field(head: bytes, name: bytes) -> bytes:
    """A header field's value."""
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return {known.lower(): value for known, value in fields.items()}[name]


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def wire_module(app_module: Callable[[str, str], ModuleType]) -> ModuleType:
    return app_module("save", "wire")


def client(wire_module: ModuleType, endpoint: str, seconds: float = TIMEOUT_SECONDS, **options: Any) -> Any:
    """botocore's client, which sends its requests this way."""
    session = botocore.session.Session()
    wire = wire_module.Wire(seconds)
    session.register("before-send.dynamodb", wire.send)
    made = session.create_client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1}),
        **options,
    )
    wire.session = made._endpoint.http_session
    return made


def names(dynamodb: Any) -> list[str]:
    found: list[str] = dynamodb.list_tables()["TableNames"]
    return found


@pytest.mark.parametrize(
    "parts",
    [
        [ANSWER],
        [ANSWER[:9], ANSWER[9:60], ANSWER[60:-1], ANSWER[-1:]],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n%b\r\n" % BODY[:5], b"15\r\n%b\r\n0\r\n\r\n" % BODY[5:]],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER],
    ],
    ids=["at once", "in pieces", "chunked", "after a 100"],
)
def test_an_answer_is_read_however_it_comes(server: Server, wire_module: ModuleType, parts: list[bytes]) -> None:
    server.answers = [parts, [ANSWER]]
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}")
    found = dynamodb.list_tables()
    assert found["TableNames"] == ["stories"]
    assert found["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == "7"
    # The next one comes over the same connection.
    assert names(dynamodb) == ["stories"]
    assert server.connections == 1


def test_a_request_is_what_botocore_would_have_sent(server: Server, wire_module: ModuleType) -> None:
    server.answers = [[ANSWER], [ANSWER]]
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}")
    names(dynamodb)
    plain = botocore.session.Session().create_client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    names(plain)
    (own_head, _, own_body), (head, _, body) = (request.partition(b"\r\n\r\n") for request in server.requests)
    assert own_body == body
    own_line, *own_fields = own_head.split(b"\r\n")
    line, *fields = head.split(b"\r\n")
    assert own_line == line
    own_names, plain_names = ({field.split(b": ")[0].lower() for field in each} for each in (own_fields, fields))
    assert own_names == plain_names
    for name in (b"host", b"content-length", b"content-type", b"x-amz-target", b"accept-encoding"):
        assert field(own_head, name) == field(head, name)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([ANSWER[:-1], b""], ConnectionClosedError),
        ([b""], ConnectionClosedError),
        ([b"NONSENSE\r\n\r\n"], ConnectionClosedError),
        ([HEAD + b"\r\n" + BODY, b""], ConnectionClosedError),
        ([ANSWER + ANSWER], ConnectionClosedError),
        ([ANSWER[:-1]], ReadTimeoutError),
        ([], ReadTimeoutError),
    ],
    ids=["cut off", "closed", "not HTTP", "without a length", "two", "not to its end", "never"],
)
def test_an_answer_that_is_none_is_the_error_that_botocore_raises_and_ends_the_connection(
    server: Server, wire_module: ModuleType, parts: list[bytes], error: type[Exception]
) -> None:
    server.answers = [[ANSWER], parts, [ANSWER]]
    seconds = IMPATIENT_SECONDS if error is ReadTimeoutError else TIMEOUT_SECONDS
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}", seconds)
    names(dynamodb)
    with pytest.raises(error) as raised:
        names(dynamodb)
    # Those are the ones that another attempt is made after.
    assert isinstance(raised.value, HTTPClientError)
    assert names(dynamodb) == ["stories"]
    assert server.connections == 2


@pytest.mark.parametrize(
    "parts",
    [[ANSWER, b""], [HEAD + b"Connection: close\r\n" + LENGTH + BODY]],
    ids=["closed", "told"],
)
def test_a_connection_that_has_ended_is_not_used_again(
    server: Server, wire_module: ModuleType, parts: list[bytes]
) -> None:
    server.answers = [parts, [ANSWER]]
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}")
    assert names(dynamodb) == ["stories"]
    assert server.ended.acquire(timeout=TIMEOUT_SECONDS)
    assert names(dynamodb) == ["stories"]
    assert server.connections == 2


def test_each_thread_has_a_connection_of_its_own(server: Server, wire_module: ModuleType) -> None:
    server.answers = [[ANSWER] for _ in range(6)]
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}")
    found = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.extend([names(dynamodb), names(dynamodb)]))
        thread.start()
        thread.join()
    assert found == [["stories"]] * 6
    assert server.connections == 3


def test_nobody_who_listens_is_the_error_that_botocore_raises(wire_module: ModuleType) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(EndpointConnectionError):
            names(client(wire_module, f"http://127.0.0.1:{deaf.getsockname()[1]}"))


def test_nobody_who_answers_is_the_error_that_botocore_raises(wire_module: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(ConnectTimeoutError):
            names(client(wire_module, f"http://127.0.0.1:{full.getsockname()[1]}", IMPATIENT_SECONDS))


def test_a_line_end_in_a_header_field_is_not_sent(server: Server, wire_module: ModuleType) -> None:
    dynamodb = client(wire_module, f"http://127.0.0.1:{server.port}")
    dynamodb.meta.events.register_first(
        "before-send.dynamodb", lambda request, **_: request.headers.update({"X-Other": "a\r\nb: c"})
    )
    with pytest.raises(ValueError, match="line end"):
        names(dynamodb)
    assert server.requests == []


def test_a_request_through_a_proxy_is_left_to_botocore(
    server: Server, wire_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", "")
    server.answers = [[ANSWER]]
    assert names(client(wire_module, "http://dynamodb.example:8000")) == ["stories"]
    assert server.requests[0].startswith(b"POST http://dynamodb.example:8000/ HTTP/1.1\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = ["-subj", "/CN=stub", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    found = Server(context)
    yield found
    found.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: Server, wire_module: ModuleType) -> None:
    tls_server.answers = [[ANSWER]]
    with pytest.raises(SSLError):
        names(client(wire_module, f"https://127.0.0.1:{tls_server.port}"))
    assert tls_server.requests == []


def test_a_certificate_for_another_name_is_refused(
    tls_server: Server, wire_module: ModuleType, certificate: Path
) -> None:
    tls_server.answers = [[ANSWER]]
    with pytest.raises(SSLError):
        names(client(wire_module, f"https://localhost:{tls_server.port}", verify=str(certificate.with_suffix(".crt"))))
    assert tls_server.requests == []


def test_a_certificate_that_is_vouched_for_is_taken_and_its_connection_kept(
    tls_server: Server, wire_module: ModuleType, certificate: Path
) -> None:
    tls_server.answers = [[ANSWER], [ANSWER]]
    ca = str(certificate.with_suffix(".crt"))
    dynamodb = client(wire_module, f"https://127.0.0.1:{tls_server.port}", verify=ca)
    assert [names(dynamodb) for _ in range(2)] == [["stories"]] * 2
    assert tls_server.connections == 1
