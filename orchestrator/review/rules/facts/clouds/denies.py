"""Rules of Azure's and Google Cloud's firewalls that refuse something, and do not any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import blocks, hidden
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.per_plan import per_plan

_RULE, _GROUP, _FIREWALL = "azurerm_network_security_rule", "azurerm_network_security_group", "google_compute_firewall"
TYPES = (_RULE, _GROUP, _FIREWALL)
_WORDS = {"*": "anywhere", "any": "anywhere", "internet": "the internet"}
_WORLD = frozenset(("*", "internet", "any", "0.0.0.0/0", "::/0"))


@dataclass(frozen=True, slots=True)
class _Denied:
    """What a rule refuses: the way, the other ends, protocol and ports; `where` is the group or network it is in."""

    where: str
    outbound: bool
    ends: frozenset[str]
    protocol: str
    ports: frozenset[str]

    def __str__(self) -> str:
        what = "all traffic" if self.protocol in ("*", "all") else self.protocol
        ports = sorted(self.ports - {"*"})
        named = f" {', '.join(ports)}" if ports else ""
        ends = ", ".join(sorted(_WORDS.get(end, end) for end in self.ends)) or "anywhere"
        return f"{what}{named} {'to' if self.outbound else 'from'} {ends}"

    @property
    def world(self) -> bool:
        return not self.ends or bool(self.ends & _WORLD)


def no_longer_denied(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What was refused and is not, by this resource or another in the same group or network."""
    if resource.type not in TYPES or resource.before is None or plan.destroys_all or resource.deposed:
        return
    # A group that goes takes its associations along, which are told by themselves.
    if resource.action in (Action.FORGET, Action.NO_OP) or (resource.type == _GROUP and resource.after is None):
        return
    if hidden((resource.after or {}).get("security_rule")):
        return
    gone = [item for item in _denied(resource.type, resource.before) if item not in _still(plan)]
    if gone:
        path = "security_rule" if resource.type == _GROUP else "deny" if resource.type == _FIREWALL else "access"
        yield Finding(
            "",
            Severity.HIGH if any(item.world for item in gone) else Severity.MEDIUM,
            resource.address,
            f"No longer refused: {listed(gone)}. Rules behind it that allow some of this apply from now on.",
            "Check which rules with a higher priority number allow it, the default rules included, or keep this one.",
            (path,),
        )


@per_plan
def _still(plan: Plan) -> frozenset[_Denied]:
    return frozenset(
        item
        for resource in plan.resources
        if resource.managed and resource.type in TYPES and resource.after is not None
        for item in _denied(resource.type, resource.after)
    )


def _denied(type_: str, values: Mapping[str, Any]) -> Iterator[_Denied]:
    if type_ == _FIREWALL:
        if values.get("disabled") is not True:
            yield from _google(values)
    elif type_ == _GROUP:
        for block in blocks(values, "security_rule"):
            yield from _azure(block, str(values.get("name")))
    else:
        yield from _azure(values, str(values.get("network_security_group_name")))


def _azure(rule: Mapping[str, Any], where: str) -> Iterator[_Denied]:
    if str(rule.get("access")).lower() != "deny":
        return
    outbound = str(rule.get("direction")).lower() == "outbound"
    end = "destination" if outbound else "source"
    ends = _texts(rule, f"{end}_address_prefix", f"{end}_address_prefixes")
    groups = _texts(rule, f"{end}_application_security_group_ids")
    ports = _texts(rule, "destination_port_range", "destination_port_ranges")
    yield _Denied(where, outbound, ends | groups, str(rule.get("protocol")).lower(), ports)


def _google(firewall: Mapping[str, Any]) -> Iterator[_Denied]:
    outbound = firewall.get("direction") == "EGRESS"
    names = ("destination_ranges",) if outbound else ("source_ranges", "source_tags", "source_service_accounts")
    for block in blocks(firewall, "deny"):
        ports = _texts(block, "ports") or frozenset("*")
        network = str(firewall.get("network"))
        yield _Denied(network, outbound, _texts(firewall, *names), str(block.get("protocol")).lower(), ports)


def _texts(values: Mapping[str, Any], *names: str) -> frozenset[str]:
    found = (values.get(name) for name in names)
    listed_ = (item if isinstance(item, list | tuple) else [item] for item in found)
    return frozenset(text.lower() for items in listed_ for text in items if isinstance(text, str) and text)
