"""What keeps bad requests and forbidden actions out: web ACLs, load balancers' own checks, control policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.iam import compare, parse
from orchestrator.review.model import Action, Finding, Resource, Severity
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM
_CHANGES = (Action.UPDATE, Action.REPLACE)

_SWITCHES: Mapping[str, tuple[Switch, ...]] = with_aliases(
    {
        "aws_cloudfront_distribution": (
            Switch(
                "web_acl_id",
                "The web ACL is taken off the distribution: requests reach it unfiltered.",
                "Keep the web ACL.",
                protects=is_set,
            ),
        ),
        "aws_lb": (
            Switch(
                "drop_invalid_header_fields",
                "Headers that are not valid HTTP are passed on: that is what request smuggling starts with.",
                "Leave drop_invalid_header_fields on.",
                _MEDIUM,
            ),
            Switch(
                "desync_mitigation_mode",
                "Requests that two servers may read differently are passed on.",
                'Leave desync_mitigation_mode = "defensive", which is the default, or "strictest".',
                _MEDIUM,
                protects=lambda value: value in (None, "defensive", "strictest"),
            ),
        ),
    }
)
_WEB_ACL = "aws_wafv2_web_acl"
_CONTROL = "aws_organizations_policy"


def opened(resource: Resource) -> Iterator[Finding]:
    """Filters that let through what they kept out."""
    yield from switched_off("protection-off", resource, _SWITCHES.get(resource.type, ()))
    if resource.action in _CHANGES and resource.type == _WEB_ACL:
        yield from _web_acl(resource)
    if resource.action in _CHANGES and resource.type == _CONTROL:
        yield from _control_policy(resource)


def _web_acl(resource: Resource) -> Iterator[Finding]:
    """One finding for all that a web ACL no longer refuses."""
    if hidden(at(resource.after, "rule")):
        return
    says = []
    if _acts(resource.before, "default_action", "block") and _acts(resource.after, "default_action", "allow"):
        says.append("What no rule matches is let through, and was refused.")
    before, after = _rules(resource.before), _rules(resource.after)
    gone = sorted(name for name, rule in before.items() if name not in after and _refuses(rule))
    if gone:
        says.append(f"Rules are taken away: {listed(gone)}.")
    counts = sorted(name for name, rule in after.items() if _refuses(before.get(name, {})) and not _refuses(rule))
    if counts:
        says.append(f"Rules only count what they match, or let it through, and no longer refuse it: {listed(counts)}.")
    if says:
        yield Finding(
            "protection-off",
            _HIGH,
            resource.address,
            " ".join(says),
            "Look in the web ACL's metrics for how much these rules refuse today.",
            ("rule",) if gone or counts else ("default_action",),
        )


def _rules(values: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {str(rule.get("name")): rule for rule in blocks(values, "rule")}


def _refuses(rule: Mapping[str, Any]) -> bool:
    """True for a rule that blocks or challenges, and for a group of rules that is not overridden to count."""
    return any(_acts(rule, "action", kind) for kind in ("block", "captcha", "challenge")) or _acts(
        rule, "override_action", "none"
    )


def _acts(values: Mapping[str, Any] | None, name: str, kind: str) -> bool:
    # An empty block is an empty mapping in a list: there, and without content.
    return any(isinstance(action.get(kind), list) and action[kind] != [] for action in blocks(values, name))


def _control_policy(resource: Resource) -> Iterator[Finding]:
    """A service control policy that refuses less to the accounts under it."""
    if at(resource.after, "type") not in (None, "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        return
    before, after = at(resource.before, "content"), at(resource.after, "content")
    if hidden(before) or hidden(after):
        return
    old, new = parse(before), parse(after)
    widening = compare(old, new) if old is not None and new is not None else None
    if widening:
        yield Finding(
            "protection-off",
            _HIGH,
            resource.address,
            f"The accounts under this policy are no longer kept from: {listed(widening.grants)}.",
            "Check that another policy still refuses it, or that it is meant.",
            ("content",),
        )
