"""What may reach pods, and what pods may reach: network policies and ingresses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kubernetes.objects import Values, stays_or_goes_along
from orchestrator.review.rules.facts.network.firewalls.reading import network
from orchestrator.review.rules.facts.network.traffic import Traffic
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, Judged, Removed, Row

_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
_POLICY = "kubernetes_network_policy"
_INGRESS = "kubernetes_ingress kubernetes_ingress_v1"
_NGINX = "nginx.ingress.kubernetes.io/"
_ALB = "alb.ingress.kubernetes.io/"
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_LOGINS = (f"{_NGINX}auth-url", f"{_NGINX}auth-type", f"{_NGINX}auth-tls-secret", f"{_ALB}auth-type")
_LISTS = (f"{_NGINX}whitelist-source-range", f"{_NGINX}allowlist-source-range", f"{_ALB}inbound-cidrs")
_REDIRECTS = (f"{_NGINX}ssl-redirect", f"{_NGINX}force-ssl-redirect", f"{_ALB}ssl-redirect")
_ADVICE = "Name the pods, namespaces or networks, and the ports, that need it."


@dataclass(frozen=True, slots=True)
class _Way:
    """Whom a policy lets in (or out to), and at which port; `peer` and `port` are empty for all of them."""

    peer: str
    port: str
    world: bool

    def __str__(self) -> str:
        return f"{self.peer or 'everything'} at {f'port {self.port}' if self.port else 'every port'}"


def widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What a network policy lets in that it did not before."""
    new = _new_ways(resource, "ingress")
    world = [way for way in new if way.world]
    if world:
        fresh = resource.before is None
        says = f"The pods that the policy selects accept connections from everywhere: {listed(world)}."
        yield Finding("", _LOW if fresh else _HIGH, resource.address, says, _ADVICE, ("spec", 0, "ingress"))
    elif new and resource.before is not None:
        says = f"The pods that the policy selects accept connections from more: {listed(new)}."
        yield Finding("", _MEDIUM, resource.address, says, _ADVICE, ("spec", 0, "ingress"))


def lets_out(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What a network policy lets out that it did not before."""
    new = [way for way in _new_ways(resource, "egress") if way.world]
    if new and resource.before is not None:
        says = f"The pods that the policy selects may connect to everything: {listed(new)}."
        yield Finding("", _LOW, resource.address, says, _ADVICE, ("spec", 0, "egress"))


def loosened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A policy that applies to fewer pods, or not to a direction any more."""
    if resource.action not in CHANGED:
        return
    for direction, severity in (("ingress", _HIGH), ("egress", _MEDIUM)):
        if _isolates(resource.before, direction) and _isolates(resource.after, direction) is False:
            what = "Incoming" if direction == "ingress" else "Outgoing"
            says = f"{what} connections of the pods are no longer limited by this policy."
            advice = f'Keep "{direction.capitalize()}" in policy_types.'
            yield Finding("", severity, resource.address, says, advice, ("spec", 0, "policy_types"))
    before, after = _selector(resource.before), _selector(resource.after)
    if before is not None and after is not None and after != before and not after.items() <= before.items():
        says = (
            "The policy no longer applies to every pod of the namespace: the others are open, unless another policy "
            "selects them."
            if not before
            else "The policy applies to other pods: those that it applied to are open, unless another policy selects "
            "them."
        )
        advice = "Keep the selector, or add a policy for the pods that it leaves out."
        yield Finding("", _HIGH, resource.address, says, advice, ("spec", 0, "pod_selector"))


def _selector(values: Values | None) -> Mapping[str, str] | None:
    """The labels that a policy selects pods by; None if it does it otherwise, or if that is not known."""
    selector = at(values, "spec.pod_selector")
    if hidden(selector) or at(selector, "match_expressions"):
        return None
    labels = at(selector, "match_labels")
    if labels is None:
        return {}
    return labels if isinstance(labels, Mapping) and not any(map(hidden, labels.values())) else None


def _isolates(values: Values | None, direction: str) -> bool | None:
    types = at(values, "spec.policy_types")
    if values is None or hidden(types):
        return None
    if isinstance(types, list | tuple) and types:
        return direction.capitalize() in types
    return direction == "ingress" or bool(blocks(values, "spec.egress"))


def _new_ways(resource: Resource, direction: str) -> list[_Way]:
    if resource.after is None or not _isolates(resource.after, direction):
        return []
    # What was not limited is told of by `loosened`, when it stops being so.
    if resource.before is not None and not _isolates(resource.before, direction):
        return []
    before = _ways(resource.before, direction)
    found = _ways(resource.after, direction)
    return [
        way for way in found if not any(old.peer in ("", way.peer) and old.port in ("", way.port) for old in before)
    ]


def _ways(values: Values | None, direction: str) -> list[_Way]:
    end = "from" if direction == "ingress" else "to"
    # An empty block is an empty rule: everybody gets in.
    rules = at(values, f"spec.{direction}")
    found = []
    for rule in rules if isinstance(rules, list | tuple) else ():
        if rule is not None and not isinstance(rule, Mapping):
            continue
        peers = [_peer(item) for item in blocks(rule, end)] or ([] if hidden(at(rule, end)) else [("", True)])
        ports = [_port(item) for name in ("ports", "port") for item in blocks(rule, name)] or [""]
        found += [_Way(peer, port, world) for peer, world in peers for port in ports]
    return found


def _peer(item: Values) -> tuple[str, bool]:
    cidr = at(item, "ip_block.cidr")
    if isinstance(cidr, str):
        source = network(cidr)
        return cidr, not at(item, "ip_block.except") and Traffic("-1", 0, 0, source).world
    parts = []
    for key, noun in (("namespace_selector", "namespaces"), ("pod_selector", "pods")):
        selector = at(item, key)
        if selector is not None and selector != []:
            labels = at(selector, "match_labels")
            how = f" with {json.dumps(labels, sort_keys=True, default=str)}" if labels else ""
            how += " by expression" if at(selector, "match_expressions") else ""
            parts.append(f"{'' if how else 'all '}{noun}{how}")
    return " in ".join(reversed(parts)) or "pods", False


def _port(item: Values) -> str:
    port = item.get("port")
    last = item.get("end_port")
    return f"{port}{f'-{last}' if last else ''}" if port not in (None, "") else ""


def no_tls(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Hosts of an ingress that lose their certificate, or are served in plain HTTP too."""
    if resource.action not in CHANGED:
        return
    if not (hidden(at(resource.after, "spec")) or hidden(at(resource.after, "spec.tls"))):
        old, new = _secured(resource.before), _secured(resource.after)
        served = _hosts(resource.after)
        gone = sorted(host for host in old - new if host in served or not host)
        if gone:
            hosts = listed(host or "every host" for host in gone)
            says = f"The ingress has no certificate any more for {hosts}: traffic can be read and modified in transit."
            advice = "Keep the tls block for every host that is served."
            yield Finding("", _HIGH, resource.address, says, advice, ("spec", 0, "tls"))
    for name in _REDIRECTS:
        before, after = _annotation(resource.before, name), _annotation(resource.after, name)
        if str(after).lower() == "false" and str(before).lower() != "false":
            says = "Plain HTTP is no longer redirected to HTTPS: traffic can be read and modified in transit."
            yield _annotated(resource, name, says, "Leave the redirect on.", _MEDIUM)


def _secured(values: Values | None) -> set[str]:
    found: set[str] = set()
    for block in blocks(values, "spec.tls"):
        hosts = block.get("hosts")
        found |= set(hosts) if isinstance(hosts, list | tuple) and hosts else {""}
    return {host for host in found if isinstance(host, str)}


def _hosts(values: Values | None) -> set[str]:
    return {host for item in blocks(values, "spec.rule") if isinstance(host := item.get("host"), str)}


def no_login(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Ingresses that let through only who had logged in."""
    for name in _LOGINS if resource.action in CHANGED else ():
        before, after = _annotation(resource.before, name), _annotation(resource.after, name)
        if before and before != "none" and (not after or after == "none") and not hidden(after):
            says = "The ingress no longer requires a login: everybody gets through to the application."
            advice = "Keep the annotation, unless the application itself requires a login."
            yield _annotated(resource, name, says, advice, _HIGH)


def from_everywhere(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Ingresses that named the networks they answer, and now answer all."""
    for name in _LISTS if resource.action in CHANGED else ():
        before, after = _annotation(resource.before, name), _annotation(resource.after, name)
        if not before or hidden(before) or hidden(after) or _is_open(before) or not _is_open(after):
            continue
        says = "The ingress answers the whole internet: until now it answered only the networks that are named."
        yield _annotated(resource, name, says, "Name the networks that need it.", _HIGH)


def _is_open(value: Any) -> bool:
    return not value or any(part.strip() in _EVERYWHERE for part in str(value).split(","))


def to_internet(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Ingresses of an internal load balancer that get one on the internet."""
    name = f"{_ALB}scheme"
    before, after = _annotation(resource.before, name), _annotation(resource.after, name)
    # The AWS Load Balancer Controller keeps them internal unless told otherwise.
    if resource.action in CHANGED and after == "internet-facing" and before in (None, "", "internal"):
        says = "The load balancer of the ingress was internal and becomes reachable from the internet."
        yield _annotated(resource, name, says, "Leave the scheme internal unless this is intended.", _HIGH)


def _annotation(values: Values | None, name: str) -> Any:
    return at(values, ("metadata", "annotations", name))


def _annotated(resource: Resource, name: str, says: str, advice: str, severity: Severity) -> Finding:
    before, after = _annotation(resource.before, name), _annotation(resource.after, name)
    path = ("metadata", 0, "annotations", name)
    return Finding("", severity, resource.address, says, advice, path, before, after)


def _only_allows(values: Values | None) -> bool:
    """True for a policy that lets in and out everything: without it nothing is more open."""
    directions = [name for name in ("ingress", "egress") if _isolates(values, name)]
    return bool(directions) and all(any(not way.peer and not way.port for way in _ways(values, d)) for d in directions)


WIDENED: tuple[Row, ...] = (Judged(_POLICY, "spec", widened),)
LETS_OUT: tuple[Row, ...] = (Judged(_POLICY, "spec", lets_out),)
FROM_EVERYWHERE: tuple[Row, ...] = (Judged(_INGRESS, "metadata", from_everywhere),)
NO_TLS: tuple[Row, ...] = (Judged(_INGRESS, "spec metadata", no_tls),)
NO_LOGIN: tuple[Row, ...] = (Judged(_INGRESS, "metadata", no_login),)
TO_INTERNET: tuple[Row, ...] = (Judged(_INGRESS, "metadata", to_internet),)
LOOSENED: tuple[Row, ...] = (
    Judged(_POLICY, "spec", loosened),
    Removed(
        _POLICY,
        "The network policy is destroyed{because}: the pods that it selects accept and open connections that only it "
        "prevents; without another policy that selects them, all.",
        "Keep it, or create first what replaces it.",
        unless=lambda change: stays_or_goes_along(change) or _only_allows(change.resource.before),
    ),
)
"""Rows for policies that go, or apply to less."""
