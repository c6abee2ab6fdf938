"""Guards of unknown types that go, or are switched off."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts.unknown import guards, words
from orchestrator.review.rules.kit.reasons import because_clause
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import dotted, shown

_RESTORE = "Restore the block, unless this is intended."
_KEEP = "Leave it as it was, unless this is intended."


def _unguarded(resource: Resource, plan: Plan) -> Iterator[Finding]:
    gone = guards.destroyed(resource, plan)
    if gone is not None:
        says, severity = gone
        because = because_clause(resource, plan)
        reason = f"It is destroyed{because}. {says}. {words.judged_by_words(resource)}"
        yield Finding("", severity, resource.address, reason, _RESTORE)
    if resource.before is None or not words.is_unknown(resource):
        return
    found = list(guards.switched_off(resource))
    if found:
        worst = max(found, key=lambda off: off.severity)
        change = f"{dotted(worst.path)} changes from {shown(worst.before, 60)} to {shown(worst.after, 60)}"
        yield Finding(
            "",
            worst.severity,
            resource.address,
            f"{worst.says}: {change}. {words.judged_by_words(resource)}",
            _KEEP,
            worst.path,
            worst.before,
            worst.after,
        )


_STAYS = (same("acme_project.stays", {"id": "p-1"}),)

RULE = Rule(
    "unknown-type-unguarded",
    Severity.MEDIUM,
    "A guard of an unknown type goes, or is switched off",
    "Locks, policies, firewalls and audit logs protect by being there, with every provider.",
    looks=_unguarded,
    fix=_KEEP,
    examples=(
        Fires("acme_lock", {"scope": "p-1"}, None, Severity.HIGH, beside=_STAYS),
        Fires("acme_network_association", {"subnet": "s-1"}, None, beside=_STAYS),
        Fires("acme_rule", {"action": "DENY", "source": "10.0.0.0/8"}, None, Severity.HIGH, beside=_STAYS),
        Fires("acme_record", {"proxied": True}, {"proxied": False}),
        Fires("acme_database", {"backup": [{"enabled": True}]}, {"backup": [{"enabled": False}]}),
        Fires("acme_project", {"audit_logging": True}, {"audit_logging": False}),
        Fires("acme_branch", {"required_approving_count": 2}, {"required_approving_count": 0}),
        Fires("acme_rule", {"action": "deny"}, {"action": "allow"}, Severity.HIGH),
        Silent("acme_rule", {"action": "allow", "source": "10.0.0.0/8"}, None, beside=_STAYS),
        Silent("acme_lock", {"scope": "p-1"}, None, beside=_STAYS[:0], note="the plan destroys everything"),
        Silent("acme_record", {"ttl": 300}, {"ttl": 60}),
        Silent("acme_project", {"merge_allowed": False}, {"merge_allowed": True}),
    ),
)
