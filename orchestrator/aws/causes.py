"""Why a call to AWS failed: what happened and where, and what to do about it.

A name that is not found, a proxy in between, credentials that have expired and a right that is missing need different
things done. botocore's messages name neither the host's trouble nor the operation. Decides only; asks nothing.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit


class Kind(Enum):
    """The kinds of trouble that need different things done."""

    NAME = "the name is not found"
    NO_ROUTE = "no route"
    CLOSED = "nothing listens"
    UNTRUSTED = "TLS is not trusted"
    NO_AUTHORITIES = "there is nothing to trust"
    PROXY = "the proxy does not answer"
    SILENT = "no answer"
    BROKEN = "the connection ended"
    FOREIGN = "something else answered"
    NO_CREDENTIALS = "no credentials"
    EXPIRED = "the credentials have expired"
    CLOCK = "the clock is wrong"
    THROTTLED = "too many calls"
    DENIED = "a right is missing"
    UNAVAILABLE = "AWS has a fault"
    OTHER = "something else"


# What happened between here and AWS: no credentials help.
UNREACHED = frozenset({
    Kind.NAME, Kind.NO_ROUTE, Kind.CLOSED, Kind.UNTRUSTED, Kind.NO_AUTHORITIES, Kind.PROXY, Kind.SILENT, Kind.BROKEN,
    Kind.FOREIGN,
})  # fmt: skip
# What AWS has answered that nobody's credentials or rights are to blame for.
BUSY = frozenset({Kind.THROTTLED, Kind.UNAVAILABLE})
# What other or newer credentials help.
OF_CREDENTIALS = frozenset({Kind.NO_CREDENTIALS, Kind.EXPIRED})


@dataclass(frozen=True)
class Cause:
    """What happened, in one line, and the command or change that helps; "" where only the call's own sense says it."""

    kind: Kind
    why: str
    remedy: str = ""


# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and what AWS's services add to it.
CODES = {
    Kind.EXPIRED: (
        "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "InvalidToken",
        "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure",
    ),
    Kind.CLOCK: ("RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestInTheFuture"),
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    Kind.THROTTLED: (
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException", "PriorRequestNotComplete", "EC2ThrottledException", "SlowDown",
    ),
    Kind.DENIED: (
        "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized",
        "UnauthorizedException", "403",
    ),
    Kind.UNAVAILABLE: (
        "InternalError", "InternalFailure", "InternalServerError", "ServerException", "ServiceUnavailable",
        "ServiceUnavailableException", "500", "502", "503", "504",
    ),
}  # fmt: skip
# botocore's own, which it raises before it sends anything.
_NO_CREDENTIALS = frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"})
_EXPIRED = frozenset({
    "CredentialRetrievalError", "TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError",
    "RefreshWithMFAUnsupportedError", "LoginRefreshRequired", "LoginTokenLoadError",
})  # fmt: skip
REMEDIES = {
    Kind.NAME: "check the network and its DNS, and the region in the environment's file",
    Kind.NO_ROUTE: "check the network, and the routes and firewalls of a VPN",
    Kind.CLOSED: "check what stands in between: a proxy (HTTPS_PROXY), a firewall, an entry in /etc/hosts",
    Kind.UNTRUSTED: "if a proxy opens TLS here, set AWS_CA_BUNDLE to the file with its certificate",
    Kind.NO_AUTHORITIES: "correct AWS_CA_BUNDLE (or ca_bundle in the profile), or unset it",
    Kind.PROXY: "correct HTTPS_PROXY, or take the host out of it with NO_PROXY",
    Kind.SILENT: "check the firewall and the proxy on the way, and AWS's own state (health.aws.amazon.com)",
    Kind.BROKEN: "look at the proxy or firewall on the way if it happens again",
    Kind.FOREIGN: "log in to the network (a captive portal?), and check the proxy and what stands in /etc/hosts",
    Kind.NO_CREDENTIALS: "aws sso login, or set AWS_PROFILE to a profile of that account",
    Kind.EXPIRED: "renew the credentials (aws sso login)",
    Kind.CLOCK: "set this machine's clock (timedatectl); where it is right, the secret key is wrong",
    Kind.THROTTLED: "wait a minute",
    Kind.UNAVAILABLE: "look at AWS's own state (health.aws.amazon.com)",
}
# Where the emulated AWS listens.
LOOPBACK = "127.0.0.1:"
OF_LOOPBACK = "start the emulated AWS again (python3 orchestrate.py up)"
_SERVICE = "Service"
_LISTED = re.compile(r"doesn't match (?:either of )?'.*'")
_ROUTE_ERRORS = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)


def of(error: BaseException) -> Cause:
    """The cause of an error of botocore's; any other is what it says."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        kind, why = _answered(error, response)
        return Cause(kind, why, REMEDIES.get(kind, ""))
    where = _host(str(getattr(error, "kwargs", {}).get("endpoint_url", "")))
    kind, why = _not_answered(error, where)
    on_loopback = kind in UNREACHED and where.startswith(LOOPBACK)
    return Cause(kind, why, OF_LOOPBACK if on_loopback else REMEDIES.get(kind, ""))


def mark(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Keep with an answer of AWS's which service gave it: botocore's errors name the operation alone."""
    if "Error" in parsed:
        parsed.setdefault("ResponseMetadata", {})[_SERVICE] = model.service_model.signing_name


def _answered(error: BaseException, response: dict[str, Any]) -> tuple[Kind, str]:
    said = response.get("Error", {})
    code = str(said.get("Code", "Error"))
    kind = next((kind for kind, codes in CODES.items() if code in codes), Kind.OTHER)
    operation = getattr(error, "operation_name", "")
    service = response.get("ResponseMetadata", {}).get(_SERVICE, "")
    named = f"{service}:{operation}" if service else operation
    at = f" ({named})" if operation and operation not in str(said.get("Message", "")) else ""
    return kind, f"{code}: {said.get('Message') or _status(response)}{at}"


def _status(response: dict[str, Any]) -> str:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return f"status {status}, without a message" if status else "without a message"


def _not_answered(error: BaseException, where: str) -> tuple[Kind, str]:
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _NO_CREDENTIALS:
        return Kind.NO_CREDENTIALS, _said(error)
    if names & _EXPIRED:
        return Kind.EXPIRED, _said(error)
    if "ProxyConnectionError" in names:
        return (
            Kind.PROXY,
            f"the proxy {getattr(error, 'kwargs', {}).get('proxy_url')} does not connect: {_innermost(error)}",
        )
    if "SSLError" in names and any(isinstance(inner, FileNotFoundError) for inner in _chain(error)):
        return Kind.NO_AUTHORITIES, f"the file of trusted certificates cannot be read: {_innermost(error)}"
    if "InvalidConfigError" in names and "CA bundle" in _said(error):
        return Kind.NO_AUTHORITIES, _said(error)
    if "SSLError" in names:
        # Of a certificate for other names: some have dozens.
        why = _LISTED.sub("is for other names", _innermost(error))
        return Kind.UNTRUSTED, f"the certificate of {where} is not trusted: {why}"
    if "ConnectTimeoutError" in names:
        return Kind.SILENT, f"{where} does not take connections: no answer in time"
    if "ReadTimeoutError" in names:
        return Kind.SILENT, f"{where} took the request and did not answer in time"
    if "EndpointConnectionError" in names:
        return _not_connected(error, where)
    if "ResponseParserError" in names:
        return Kind.FOREIGN, f"what answered is none of AWS's services: {_said(error)[:200]}"
    if "ConnectionClosedError" in names:
        return Kind.BROKEN, f"{where} closed the connection without an answer"
    return Kind.OTHER, _said(error)


def _not_connected(error: BaseException, where: str) -> tuple[Kind, str]:
    for inner in _chain(error):
        if isinstance(inner, socket.gaierror):
            return Kind.NAME, f"the name {where} is not found: {inner.strerror or inner}"
        if isinstance(inner, OSError) and inner.errno in _ROUTE_ERRORS:
            return Kind.NO_ROUTE, f"there is no route to {where}: {inner.strerror}"
        if isinstance(inner, ConnectionRefusedError):
            return Kind.CLOSED, f"nothing takes connections at {where}"
    return Kind.BROKEN, f"no connection to {where}: {_innermost(error)}"


def _host(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or url or "AWS"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first: botocore keeps its cause as an argument, not as a cause."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        held = getattr(now, "kwargs", {}).get("error")
        reason = getattr(now, "reason", None)
        following = (held, reason, now.__cause__, now.__context__)
        now = next((each for each in following if isinstance(each, BaseException) and id(each) not in seen), None)


def _innermost(error: BaseException) -> str:
    *_, last = _chain(error)
    return _said(last)


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
