"""Doors of unknown types that the whole internet can come in by."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.unknown import words
from orchestrator.review.rules.facts.unknown.doors import doors
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import dotted

_ADVICE = "Name the networks that need it."
_MEANT = "Nothing to do if it is meant for everybody, such as a public website."


def _open(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not words.is_unknown(resource):
        return
    old = list(doors(resource.type, words.before(resource, plan)))
    found = [
        door
        for door in doors(resource.type, words.after(resource, plan))
        if not any(there.covers(door) for there in old)
    ]
    if not found:
        return
    worst = max(found, key=lambda door: door.severity)
    yield Finding(
        "",
        worst.severity,
        resource.address,
        f"The whole internet can reach {worst}: {dotted(worst.path)} is {worst.value}. "
        + words.judged_by_words(resource),
        _ADVICE if worst.severity >= Severity.HIGH else f"{_ADVICE} {_MEANT}",
        worst.path,
        None,
        worst.value,
    )


def _rule(port: int, source: str) -> dict[str, object]:
    return {"protocol": "TCP", "port": port, "v4_cidr_blocks": [source]}


RULE = Rule(
    "unknown-type-open",
    Severity.HIGH,
    "An unknown type lets the whole internet in",
    "Whatever a provider calls it: 0.0.0.0/0 where something is let in is everybody.",
    looks=_open,
    fix=_ADVICE,
    examples=(
        Fires("acme_security_group", None, {"ingress": [_rule(22, "0.0.0.0/0")]}),
        Fires("acme_firewall", {"source_ranges": ["10.0.0.0/8"]}, {"source_ranges": ["::/0"]}, Severity.MEDIUM),
        Fires("acme_security_group", None, {"ingress": [_rule(443, "0.0.0.0/0")]}, Severity.LOW),
        Silent("acme_security_group", None, {"ingress": [_rule(22, "10.0.0.0/8")]}),
        Silent("acme_security_group", None, {"egress": [_rule(22, "0.0.0.0/0")]}),
        Silent("acme_firewall_rule", None, {"source": "0.0.0.0/0", "action": "DENY"}),
        Silent("acme_route", None, {"destination": "0.0.0.0/0"}),
    ),
)
