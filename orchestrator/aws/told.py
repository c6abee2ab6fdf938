"""The same causes in what other programs say of AWS: Terraform's provider and backend, and an engine's push.

Both are written in Go, whose standard library and SDK have one way to say each of them. Decides only; asks nothing.
"""

from __future__ import annotations

import re

from orchestrator.aws import causes, service_role
from orchestrator.aws.causes import Cause, Kind

_HOST = r"(?P<host>[\w.-]+)"
# What is looked for first says the most: a name that is not found through a proxy is the proxy's.
_SAID: tuple[tuple[Kind, str, str], ...] = (
    (Kind.PROXY, r"proxyconnect tcp: (?P<why>.+?)(?=,|;|$)", "the proxy does not connect: {why}"),
    (Kind.NAME, rf"lookup {_HOST}\S*(?: on \S+)?: (?:no such host|server misbehaving)", "the name {host} is not found"),
    (Kind.UNTRUSTED, r"x509: (?P<why>[^,;\"]+)", "a certificate is not trusted: {why}"),
    (Kind.NO_ROUTE, r"dial tcp (?P<host>\S+): connect: (?:no route to host|network is unreachable)",
     "there is no route to {host}"),
    (Kind.CLOSED, r"dial tcp (?P<host>\S+): connect: connection refused", "nothing takes connections at {host}"),
    (Kind.SILENT, r"i/o timeout|TLS handshake timeout|Client\.Timeout|timeout awaiting response headers",
     "an endpoint of AWS does not answer"),
    (Kind.NO_CREDENTIALS, r"No valid credential sources found", "there are no credentials"),
)  # fmt: skip
_BROKEN = r"connection reset by peer|\bEOF\b|broken pipe|server closed idle connection"
_CODE = re.compile(r"(?:api error |StatusCode: \d+, )?\b(?P<code>[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)?): ")
# The codes of causes, by code. One is only a number, and that is in every text.
_KINDS = {code: kind for kind, codes in causes.CODES.items() for code in codes if not code.isdigit()}
_NO_SERVICE_ROLE = "Unable to assume the service linked role"


def cause(text: str) -> Cause | None:
    """The cause that the text names, or None if it names none that needs something else than the text says."""
    if _NO_SERVICE_ROLE in text:
        return Cause(Kind.OTHER, "ECS has no role to act by in this account", service_role.COMMAND)
    for kind, pattern, why in _SAID:
        if found := re.search(pattern, text):
            return _of(kind, why.format(**found.groupdict()))
    for found in _CODE.finditer(text):
        known = _KINDS.get(found["code"])
        if known is not None:
            return _of(known, found["code"])
    return _of(Kind.BROKEN, "a connection ended without an answer") if re.search(_BROKEN, text) else None


def _of(kind: Kind, why: str) -> Cause:
    return Cause(kind, why, causes.REMEDIES.get(kind, ""))
