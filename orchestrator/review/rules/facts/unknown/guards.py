"""What guards something by being there or being on, as far as words and values tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from orchestrator.review.model import Action, Difference, Plan, Resource, Severity
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.facts.unknown import known
from orchestrator.review.rules.facts.unknown.known import Standing
from orchestrator.review.rules.facts.unknown.words import denies, lets, refuses, words
from orchestrator.review.rules.kit.attributes import hidden, number, switch
from orchestrator.review.rules.kit.destroyed import any_destroyed
from orchestrator.review.rules.kit.discovery import every_rule
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.values import AttributePath

_FIRM = frozenset(("deny", "guardrail", "lock", "protection"))
_BY_BEING_THERE = _FIRM | frozenset((
    "acl", "audit", "backup", "encryption", "firewall", "policies", "policy", "retention", "waf",
))  # fmt: skip
_LINKS = frozenset(("association", "attachment"))
_LINKED = frozenset(("acl", "firewall", "network", "nsg", "policy", "security", "waf"))
_ON = frozenset((
    "approval", "approvals", "audit", "auditing", "auth", "authentication", "backup", "backups", "encrypt", "encrypted",
    "encryption", "enforce", "enforced", "firewall", "https", "immutable", "lock", "locked", "logging", "logs", "mfa",
    "protect", "protected", "protection", "require", "required", "requires", "restrict", "restricted", "retention",
    "review", "reviews", "scan", "scanning", "secure", "security", "signed", "ssl", "tls", "verification", "verify",
    "versioning", "waf",
))  # fmt: skip
_OFF = frozenset(("bypass", "disable", "disabled", "insecure", "skip", "unencrypted", "unsafe"))
_LETS = frozenset(("allow", "allows", "permit", "permits"))
_WORSE = frozenset(("all", "any", "anonymous", "deletion", "deletions", "escalation", "force", "insecure", "override"))
_KEPT = frozenset(("approving", "backup", "backups", "days", "retention", "reviewers"))
_STRICT = frozenset(("active", "block", "enforce", "enforced", "enforcing", "strict", "full"))
_LAX = frozenset(("audit", "count", "detect", "disabled", "dryrun", "evaluate", "inactive", "log", "monitor", "none",
                  "off", "permissive", "simulate"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Off:
    """A guard that is switched off or made weaker."""

    path: AttributePath
    before: Any
    after: Any
    says: str
    severity: Severity = Severity.MEDIUM


def destroyed(resource: Resource, plan: Plan) -> tuple[str, Severity] | None:
    """What a destroyed guard's name says of it. None if it is none, or if what it guards goes too."""
    if resource.action is not Action.DELETE or resource.deposed or plan.destroys_all:
        return None
    holder = holders.holder_of(resource.type)
    if known.destroyed(resource.type) is not Standing.UNKNOWN or (holder and holder.kind is not Kind.HARMLESS):
        return None
    values = resource.before or {}
    named = words(resource.type)
    refusing = denies(values)
    if not (refusing or named & _BY_BEING_THERE or (named & _LINKS and named & _LINKED)):
        return None
    if any(map(lets, values.values())) and not refusing:
        return None  # without a rule that allows, less is allowed
    owners = [key for key, value in values.items() if isinstance(value, str) and key not in ("id", "name", "arn")]
    if any_destroyed(resource, plan, *owners) or new_address(resource, plan):
        return None
    if refusing:
        return "What it refuses is no longer refused", Severity.HIGH
    return "What it guards or limits is no longer guarded or limited", (
        Severity.HIGH if named & _FIRM else Severity.MEDIUM
    )


def switched_off(resource: Resource) -> Iterator[Off]:
    """The guards in a resource that stays, or is replaced, and that it has no longer."""
    for item in resource.differences:
        if item.noise or hidden(item.before) or hidden(item.after) or not item.path:
            continue
        if str(item.path[0]) in _watched_everywhere():
            continue
        found = _off(item)
        if found:
            yield found


def _off(item: Difference) -> Off | None:
    name = next((part for part in reversed(item.path) if isinstance(part, str)), "")
    in_path = frozenset(word for part in item.path if isinstance(part, str) for word in words(part))
    says = _says(item, name, in_path)
    return Off(item.path, item.before, item.after, says, _weight(item)) if says else None


def _weight(item: Difference) -> Severity:
    return Severity.HIGH if refuses(item.before) and lets(item.after) else Severity.MEDIUM


def _says(item: Difference, name: str, in_path: frozenset[str]) -> str:
    before, after, named = item.before, item.after, words(name)
    old, new = switch(before), switch(after)
    if isinstance(before, Mapping) and after is None:
        return _gone(before, in_path)
    if isinstance(before, list) and before and not after and in_path & _ON:
        return "What protects or restricts is removed"
    if old is True and new is False:
        if "proxied" in named:
            return "Requests no longer go through the proxy, and the address behind it can be seen"
        if in_path & _ON and not in_path & _OFF:
            return "What protects is switched off"
        return "It is switched off" if name in ("active", "enabled", "enable") and not in_path & _OFF else ""
    if old is not True and new is True and (named & _OFF or (named & _LETS and named & _WORSE)):
        return "A restriction is switched off"
    if refuses(before) and lets(after):
        return "What was refused is allowed"
    if isinstance(before, str) and isinstance(after, str) and before.lower() in _STRICT and after.lower() in _LAX:
        return "What was enforced is no longer enforced"
    fewer, more = number(after), number(before)
    if fewer is not None and more is not None and fewer < more and named & _KEPT and in_path & (_ON | {"approving"}):
        return "Less is kept or required than before"
    return ""


def _gone(block: Mapping[str, Any], in_path: frozenset[str]) -> str:
    if denies(block):
        return "A rule that refuses is removed"
    return "What protects or restricts is removed" if in_path & _ON and not lets(block.get("action")) else ""


@cache
def _watched_everywhere() -> frozenset[str]:
    """The attributes that a rule watches in every type."""
    rows = (row for rule in every_rule() for row in rule.watches if not row.type_names)
    return frozenset(getattr(row, "path", "").partition(".")[0] for row in rows)
