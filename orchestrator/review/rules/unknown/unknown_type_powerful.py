"""Rights that unknown types give to everybody, or on everything."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, allow, policy
from orchestrator.review.rules.facts.unknown import words
from orchestrator.review.rules.facts.unknown.rights import rights
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Name the rights that are needed, on what, and for whom."


def _powerful(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not words.is_unknown(resource):
        return
    old = {right.same for right in rights(words.before(resource, plan))}
    found = [right for right in rights(words.after(resource, plan)) if right.same not in old]
    if not found:
        return
    worst = max(found, key=lambda right: right.severity)
    yield Finding(
        "",
        worst.severity,
        resource.address,
        f"{worst.says}. {words.judged_by_words(resource)}",
        _ADVICE,
        worst.path,
        None,
        worst.value,
    )


_READ = 'path "secret/data/app/*" { capabilities = ["read"] }'
_SUDO = 'path "*" { capabilities = ["read", "sudo"] }'

RULE = Rule(
    "unknown-type-powerful",
    Severity.HIGH,
    "An unknown type gives every right, or rights to everybody",
    "A star stands for all that there is and all that will be, with every provider.",
    looks=_powerful,
    fix=_ADVICE,
    examples=(
        Fires("acme_policy", {"policy": _READ}, {"policy": _SUDO}),
        Fires("acme_policy", None, {"document": policy(allow("*"))}),
        Fires("acme_policy", None, {"document": policy(allow("store:Get", Principal={"ID": "*"}))}),
        Fires("acme_role", None, {"actions": ["*"], "resources": ["orders"]}, Severity.MEDIUM),
        Fires("acme_membership", {"role": "member"}, {"role": "admin"}, Severity.MEDIUM),
        Silent("acme_policy", None, {"policy": _READ}),
        Silent("acme_policy", None, {"document": policy({"Effect": "Deny", "Action": "*", "Resource": "*"})}),
        Silent("acme_schedule", None, {"cron": "* * * * *", "pattern": "*"}),
    ),
)
