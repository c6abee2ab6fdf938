"""Why calls to AWS fail: by errors that boto3 raises when servers on this machine do what AWS or a network does."""

from __future__ import annotations

import errno
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import NewConnectionError

from orchestrator.aws import causes, refusals, session
from orchestrator.aws.causes import Kind
from orchestrator.aws.session import Aws
from orchestrator.errors import ExitCode, Failure
from orchestrator.project import environment
from orchestrator.system import notices

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}

KEYS_AS_VARIABLES = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def error_of(endpoint: str, *, proxy: str = "", seconds: float = 60.0, verify: Any = None) -> Exception:
    """What a call to the endpoint raises."""
    config = Config(
        connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1},
        proxies={"http": proxy, "https": proxy} if proxy else {},
    )  # fmt: skip
    client = boto3.client("sts", endpoint_url=endpoint, config=config, verify=verify, **KEYS)
    with pytest.raises((BotoCoreError, ClientError)) as caught:
        client.get_caller_identity()
    error: Exception = caught.value
    return error


@contextmanager
def silent(host: str) -> Iterator[str]:
    """An address where nothing listens, and nobody else comes to."""
    with closing(socket.socket()) as bound:
        bound.bind((host, 0))
        yield f"{host}:{bound.getsockname()[1]}"


@pytest.fixture
def closed() -> Iterator[str]:
    """Such an address: not 127.0.0.1, which is the emulated AWS's."""
    with silent("127.0.0.2") as address:
        yield address


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does that with each connection once its request has come."""
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.2", 0))) as server:
        server.settimeout(0.1)

        def serve() -> None:
            held = []
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                held.append(connection)
                connection.recv(65536)
                answer(connection)
            for connection in held:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.2:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@contextmanager
def answering(status: int, code: str, message: str) -> Iterator[str]:
    """An STS that answers every call so."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>".encode()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.2", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.2:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_name_that_is_not_found() -> None:
    cause = causes.of(error_of("http://sts.nowhere.invalid"))
    assert (cause.kind, cause.why.startswith("the name sts.nowhere.invalid is not found: ")) == (Kind.NAME, True)
    assert "DNS" in cause.remedy and "credentials" not in cause.remedy


def test_a_port_where_nothing_listens(closed: str) -> None:
    cause = causes.of(error_of(f"http://{closed}"))
    assert (cause.kind, cause.why) == (Kind.CLOSED, f"nothing takes connections at {closed}")


def test_where_the_emulated_aws_was() -> None:
    with silent("127.0.0.1") as address:
        assert causes.of(error_of(f"http://{address}")).remedy == causes.OF_LOOPBACK


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_a_network_without_a_route(number: int) -> None:
    """As urllib3 and botocore wrap what the system says; a machine without a route is none that tests can have."""
    inner = NewConnectionError(None, "Failed to establish a new connection")  # type: ignore[arg-type]
    inner.__cause__ = OSError(number, "Network is unreachable")
    cause = causes.of(
        exceptions.EndpointConnectionError(endpoint_url="https://ecs.us-east-1.amazonaws.com/", error=inner)
    )
    assert (cause.kind, cause.why) == (
        Kind.NO_ROUTE, "there is no route to ecs.us-east-1.amazonaws.com: Network is unreachable",
    )  # fmt: skip


def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
         "-subj", "/CN=127.0.0.2"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with closing(socket.create_server(("127.0.0.2", 0))) as server:

        def serve() -> None:
            connection, _ = server.accept()
            try:
                context.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        cause = causes.of(error_of(f"https://127.0.0.2:{server.getsockname()[1]}"))
        thread.join()
    assert (cause.kind, "certificate verify failed" in cause.why) == (Kind.UNTRUSTED, True)
    assert "AWS_CA_BUNDLE" in cause.remedy


def test_trusted_certificates_that_are_not_there_are_not_taken_for_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with listening(lambda connection: connection.close()) as address:
        missing = causes.of(error_of(f"https://{address}"))
    monkeypatch.setenv("AWS_CA_BUNDLE", "  ")
    with pytest.raises(exceptions.InvalidConfigError) as caught:
        boto3.client("sts", **KEYS)
    for cause in (missing, causes.of(caught.value)):
        assert (cause.kind, "AWS_CA_BUNDLE" in cause.remedy) == (Kind.NO_AUTHORITIES, True), cause.why


def test_a_certificate_for_dozens_of_other_names_is_told_in_a_line() -> None:
    said = "hostname 'a.example' doesn't match either of " + ", ".join(f"'{number}.example'" for number in range(50))
    error = exceptions.SSLError(endpoint_url="https://a.example/", error=said)
    assert causes.of(error).why.endswith("hostname 'a.example' is for other names")


def test_a_proxy_that_is_not_there(closed: str) -> None:
    cause = causes.of(error_of("https://sts.us-east-1.amazonaws.com", proxy=f"http://{closed}"))
    assert (cause.kind, f"the proxy http://{closed}" in cause.why) == (Kind.PROXY, True)
    assert "HTTPS_PROXY" in cause.remedy


def test_an_endpoint_that_never_answers() -> None:
    with listening(lambda connection: None) as address:
        cause = causes.of(error_of(f"http://{address}", seconds=0.5))
    assert (cause.kind, cause.why) == (Kind.SILENT, f"{address} took the request and did not answer in time")


def test_an_endpoint_that_does_not_answer_is_named_while_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.5)
    said: list[str] = []
    monkeypatch.setattr(notices, "_say", said.append)
    with listening(lambda connection: None) as address:
        aws = Aws(environment.load("local"), f"http://{address}", KEYS_AS_VARIABLES)
        with pytest.raises(exceptions.ReadTimeoutError):
            aws.client("sts").get_caller_identity()
    assert said == [f"{address} took the request and did not answer in time; asking again"], "once, not at each attempt"


def test_a_connection_that_is_closed_without_an_answer() -> None:
    with listening(lambda connection: connection.close()) as address:
        cause = causes.of(error_of(f"http://{address}"))
    assert (cause.kind, cause.why) == (Kind.BROKEN, f"{address} closed the connection without an answer")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "ExpiredToken", Kind.EXPIRED),
        (403, "InvalidClientTokenId", Kind.EXPIRED),
        (403, "SignatureDoesNotMatch", Kind.CLOCK),
        (400, "Throttling", Kind.THROTTLED),
        (403, "AccessDenied", Kind.DENIED),
        (503, "ServiceUnavailable", Kind.UNAVAILABLE),
        (400, "ValidationError", Kind.OTHER),
    ],
)
def test_what_aws_answers_keeps_its_words_and_names_the_operation(status: int, code: str, kind: Kind) -> None:
    with answering(status, code, "so it is") as endpoint:
        cause = causes.of(error_of(endpoint))
    assert (cause.kind, cause.why) == (kind, f"{code}: so it is (GetCallerIdentity)")
    assert ("credentials" in cause.remedy) == (kind is Kind.EXPIRED)


def test_a_client_of_an_environment_names_the_service_as_well() -> None:
    with answering(400, "Throttling", "Rate exceeded") as endpoint:
        aws = Aws(environment.load("local"), endpoint, KEYS_AS_VARIABLES)
        with pytest.raises(ClientError) as caught:
            aws.client("sts").get_caller_identity()
    assert causes.of(caught.value).why == "Throttling: Rate exceeded (sts:GetCallerIdentity)"


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "Throttling", "AWS does not serve calls at the moment for staging"),
        (503, "ServiceUnavailable", "AWS does not serve calls at the moment for staging"),
        (403, "ExpiredToken", "no usable AWS credentials for staging"),
    ],
)
def test_only_what_credentials_help_is_told_as_their_fault(
    monkeypatch: pytest.MonkeyPatch, status: int, code: str, message: str
) -> None:
    with answering(status, code, "so it is") as endpoint:
        aws = Aws(environment.load("staging"), endpoint, KEYS_AS_VARIABLES)
        for _ in range(2):
            with pytest.raises(Failure) as caught:
                session.check_account(aws)
            assert (caught.value.message, caught.value.exit_code) == (message, ExitCode.PREREQUISITE_MISSING)


def test_a_program_that_gives_no_json_is_no_defect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile garbled]\ncredential_process = echo no\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(Failure, match="no usable AWS credentials for staging") as caught:
        session.check_account(Aws(environment.load("staging"), None, {}, "garbled"))
    assert "credential_process" in caught.value.reason


def test_whose_credentials_they_are_is_asked_once_also_of_what_is_not_aws() -> None:
    asked: list[int] = []

    def answer(connection: socket.socket) -> None:
        asked.append(1)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<html")
        connection.close()

    with listening(answer) as address:
        aws = Aws(environment.load("staging"), f"http://{address}", KEYS_AS_VARIABLES)
        for _ in range(3):
            with pytest.raises(Failure) as caught:
                session.check_account(aws)
    assert len(asked) == 1
    assert (caught.value.message, "none of AWS's" in caught.value.reason) == ("AWS cannot be reached for staging", True)


def test_what_aws_says_of_a_missing_right_is_not_said_twice() -> None:
    said = "User: arn:aws:iam::1:user/me is not authorized to perform: sts:GetCallerIdentity on resource: *"
    with answering(403, "AccessDenied", said) as endpoint:
        assert causes.of(error_of(endpoint)).why == f"AccessDenied: {said}"


def test_no_credentials_at_all() -> None:
    cause = causes.of(exceptions.NoCredentialsError())
    assert (cause.kind, "AWS_PROFILE" in cause.remedy) == (Kind.NO_CREDENTIALS, True)


def test_a_session_that_has_expired() -> None:
    cause = causes.of(exceptions.UnauthorizedSSOTokenError())
    assert (cause.kind, "aws sso login" in cause.remedy) == (Kind.EXPIRED, True)


def test_an_error_that_is_not_awss_is_what_it_says() -> None:
    assert causes.of(ValueError("two\nlines")) == causes.Cause(Kind.OTHER, "two lines")


def test_every_kind_has_something_to_do_but_what_depends_on_the_call() -> None:
    without = {kind for kind in Kind if kind not in causes.REMEDIES}
    assert without == {Kind.DENIED, Kind.OTHER}


def test_a_failure_says_first_what_helps_against_its_cause(closed: str) -> None:
    failure = refusals.failure(error_of(f"http://{closed}"), "it was not scaled", left="It goes on.", next_step="again")
    assert failure.reason == f"nothing takes connections at {closed}\nIt goes on."
    assert failure.next_step.startswith("check what stands in between") and failure.next_step.endswith(", then: again")
    expired = refusals.failure(exceptions.UnauthorizedSSOTokenError(), "it was not scaled", next_step="again")
    assert expired.reason.startswith("The credentials have expired. ")
    assert expired.next_step == "renew the credentials (aws sso login), then: again"
