"""The smoke test: what each service's manifest asks for, through the load balancer.

A service without `smoke` in its manifest must answer each of its own paths with 2xx or 3xx.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from orchestrator.console import Stage
from orchestrator.errors import Failure
from orchestrator.project.manifest import Service
from orchestrator.project.routing import ROOT_PATH
from orchestrator.project.smoke_requests import BASE, SmokeRequest, difference, filled
from orchestrator.proof.evidence import Evidence
from orchestrator.proof.http_client import Answer, Client, NotYet, Unexpected
from orchestrator.system import interrupt
from orchestrator.target import Address

# A new load balancer's name takes its time to spread; a target its two health checks.
PATIENCE_SECONDS = 90.0
# What a load balancer answers while targets register (502, 503, 504) or before a new rule is everywhere (404).
_PASSING_STATUSES = frozenset({404, 502, 503, 504})


class SmokeFailed(Failure):
    """A service answers otherwise than it should; `service` is its name, `evidence` what its tasks say."""

    evidence: Evidence | None = None

    def __init__(self, service: str, reason: str, environment: str) -> None:
        super().__init__(
            f"the smoke test of {service} failed",
            reason=reason,
            next_step=f"python3 orchestrate.py logs {service} {environment}",
        )
        self.service = service


def requests(service: Service) -> tuple[SmokeRequest, ...]:
    """What is asked of a service: what its manifest says, or each of its paths."""
    return service.smoke or tuple(SmokeRequest("GET", path) for path in service.every_path)


def try_out(client: Client, service: Service, note: Callable[[str], object]) -> str:
    """Send a service's requests, one after the other; what came of them in words. Raises `Unexpected`."""
    base = service.paths[0]
    names = {BASE: "" if base == ROOT_PATH else base}
    passed = []
    for request in requests(service):
        path = filled(request.path, names)
        path = path if path.startswith("/") else f"/{path}"
        what = f"{request.method} {path}"
        note(f"{service.name}: {what}")
        answer = client.send(request.method, path, filled(request.body, names), filled(request.headers, names))
        try:
            _check(request, answer)
            names |= {name: _part(answer, source) for name, source in request.keep.items()}
        except Unexpected as unexpected:
            raise type(unexpected)(f"{request.method} {urljoin(client.base, path)} {unexpected}") from None
        passed.append(f"{what} {answer.status}")
    return ", ".join(passed)


def _check(request: SmokeRequest, answer: Answer) -> None:
    is_right = answer.status == request.status if request.status is not None else 200 <= answer.status < 400
    if not is_right:
        kind = NotYet if answer.status in _PASSING_STATUSES else Unexpected
        wanted = "2xx or 3xx" if request.status is None else request.status
        shown = answer.body[:160].decode(errors="replace").strip()
        raise kind(f"answered {answer.status}, not {wanted}{f': {shown}' if shown else ''}")
    if request.contains is not None and request.contains not in answer.body.decode(errors="replace"):
        shown = answer.headers.get("content-type") or "something without a type"
        raise Unexpected(f"answered {shown} that does not contain {request.contains!r}: {answer.body[:80]!r}")
    if request.json is not None and (wrong := difference(request.json, answer.json())):
        raise Unexpected(f"answered JSON in which {wrong}")


def _part(answer: Answer, source: str) -> str:
    """A part of the answer that later requests use. Of an address only what is behind the host: the host is known."""
    kind, _, name = source.partition(" ")
    if kind == "header":
        found = answer.headers.get(name.lower())
        if found is None:
            raise Unexpected(f"answered without the header {name}")
        split = urlsplit(found)
        return split._replace(scheme="", netloc="").geturl() if split.netloc else found
    told = answer.json()
    if not isinstance(told, dict) or not isinstance(told.get(name), (str, int)):
        raise Unexpected(f"answered JSON without {name}")
    return str(told[name])


def test(
    address: Address,
    services: Sequence[Service],
    stage: Stage,
    *,
    environment: str,
    headers: Mapping[str, str] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Try every service through the load balancer, with these headers. Raises `SmokeFailed` for the first that fails.

    `meanwhile` is called before anything is tried again, and may know better why it does not pass.

    A domain that does not resolve yet is not the new version's fault: the load balancer is then asked directly.
    """
    client = Client(address.url, None if address.resolves else address.balancer, headers or {})
    deadline = time.monotonic() + patience_seconds
    passed: list[str] = []
    for service in services:
        name = service.name
        while True:
            try:
                told = try_out(client, service, stage.note)
                break
            except Unexpected as unexpected:
                if not unexpected.passing or time.monotonic() >= deadline:
                    raise SmokeFailed(name, str(unexpected), environment) from None
                stage.note(f"{name}: {unexpected}; trying again")
                meanwhile()
                interrupt.sleep(1.0, "the smoke test")
        passed.append(name)
        stage.event(f"{name}: {told}")
    stage.result = f"{', '.join(passed)} passed" if passed else "no service is behind the load balancer"
