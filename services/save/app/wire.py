"""HTTP with DynamoDB: what botocore leaves to urllib3 and http.client, which take as long as all the rest of a call.

Connections are still made by urllib3 as botocore has set it up: names, time-outs, TLS and its certificates are
none of this module's business.
"""

import functools
import select
import socket
import ssl
import threading
from typing import Any, Final
from urllib.parse import urlsplit

import httptools
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import ConnectTimeoutError as ConnectTimedOut
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import SSLError as NoTLS
from urllib3.util.ssl_match_hostname import CertificateError

_READ_BYTES: Final = 65536


class Wire:
    """Sends botocore's requests over a connection of each thread's own, and reads the answers."""

    session: URLLib3Session
    """botocore's, which says how connections are made."""

    def __init__(self, read_timeout_seconds: float) -> None:
        self._read_timeout_seconds = read_timeout_seconds
        self._own = threading.local()

    def send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """For botocore's event `before-send`: the answer, or None if botocore is to send the request by itself, which
        it is through a proxy. Raises what botocore's own way raises."""
        url = request.url
        if not isinstance(request.body, bytes) or self.session._proxy_config.proxy_url_for(url):
            return None
        try:
            connection = self._connection(url)
            try:
                answer = connection.ask(_head(request) + request.body)
            except BaseException:
                connection.close()
                raise
        except (NoTLS, CertificateError, ssl.SSLError) as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except (NewConnectionError, socket.gaierror) as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        except ConnectTimedOut as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=url, error=error) from error
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise ConnectionClosedError(error=error, request=request, endpoint_url=url) from error
        return AWSResponse(url, answer.status, answer.headers, answer)

    def _connection(self, url: str) -> "_Connection":
        """This thread's, made anew if it has ended in the meantime."""
        connection: _Connection | None = getattr(self._own, "connection", None)
        if connection is None or not connection.is_open(url):
            pool = self.session._manager.connection_from_url(url)
            self.session._setup_ssl_cert(pool, url, self.session._verify)
            connection = self._own.connection = _Connection(url, pool._new_conn(), self._read_timeout_seconds)
        return connection


class _Connection:
    """A connection of urllib3's, for one request after another."""

    def __init__(self, url: str, made: Any, read_timeout_seconds: float) -> None:
        self._url = url
        self._made = made
        made.connect()
        self._socket: socket.socket = made.sock
        self._socket.settimeout(read_timeout_seconds)
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)

    def is_open(self, url: str) -> bool:
        """Whether it leads there and the other side has neither ended it nor sent what nobody asked for."""
        return self._socket.fileno() >= 0 and url == self._url and not self._readable.poll(0)

    def ask(self, request: bytes) -> "_Answer":
        """The answer to a request. Raises OSError, HttpParserError and HttpParserUpgrade."""
        answer = _Answer()
        answer.parser = parser = httptools.HttpResponseParser(answer)
        self._socket.sendall(request)
        while not answer.is_complete:
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionResetError("the connection was closed before the answer was there")
            parser.feed_data(data)
        # Two objects that know each other would be left to the garbage collector.
        del answer.parser
        if not answer.keeps_connection:
            self.close()
        return answer

    def close(self) -> None:
        self._made.close()


class _Answer:
    """An answer as it comes, and what botocore reads it from."""

    parser: httptools.HttpResponseParser

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False
        self.keeps_connection = False
        self._body: list[bytes] = []

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise ValueError("more has come than an answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1")] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.status = self.parser.get_status_code()
        if self.status < 200:
            # It says that the answer is still to come.
            self.headers.clear()
            return
        self.is_complete = True
        self.keeps_connection = self.parser.should_keep_alive()

    def stream(self) -> list[bytes]:
        """The parts of the body."""
        return self._body


def _head(request: AWSPreparedRequest) -> bytes:
    target, host = _address(request.url)
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity"]
    for name, value in request.headers.items():
        lines.append(f"{name}: {value.decode('latin-1') if isinstance(value, bytes) else value}")
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header field has a line end in it")
    return f"{head}\r\n\r\n".encode("latin-1")


@functools.lru_cache(maxsize=16)
def _address(url: str) -> tuple[str, str]:
    """The request's target, and the host as it is in the signature: without the scheme's own port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), host.removesuffix(default)
