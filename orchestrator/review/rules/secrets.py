"""Secrets where everybody who can read a description can read them: in plain environment variables and the like."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.secret_places import plain
from orchestrator.review.rules.facts.secret_shapes import Kind
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import Sensitive


def _secrets(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    now = plain(resource.type, resource.after)
    if not now:
        return
    then = plain(resource.type, resource.before)
    before = {(item.what, item.text) for item in then}
    found = [item for item in now if (item.what, item.text) not in before]
    if not found:
        return
    worst = max(found, key=lambda item: item.kind.value)
    severity, reason, advice = _WORDS[worst.kind]
    old = next((item for item in then if item.what == worst.what), None)
    yield Finding(
        "secret-in-plain-text",
        severity,
        resource.address,
        f"{reason}: {listed(item.what for item in found if item.kind is worst.kind)}.",
        advice,
        worst.path,
        Sensitive(old.text) if old is not None else None,
        Sensitive(worst.text),
    )


_REFER = "Put it into Secrets Manager or a SecureString parameter and refer to it (`secrets` with `valueFrom`)"
_WORDS = {
    Kind.SECRET: (
        Severity.HIGH,
        "In plain text, for everybody who can read the resource's description, logs or state",
        f"{_REFER}; what was already applied has to be changed at its source.",
    ),
    Kind.UNSEEN: (
        Severity.MEDIUM,
        "By its name or its marks a secret, where everybody can read it who may describe the resource (the plan does "
        "not show the value)",
        f"{_REFER}, unless it is only a reference already.",
    ),
    Kind.DUMMY: (
        Severity.LOW,
        "Named like a secret, with a value that is known to be none",
        "Nothing to do where nothing real is behind it.",
    ),
}

RULES: tuple[Rule, ...] = (
    Rule(
        "secret-in-plain-text",
        Severity.HIGH,
        "A secret in plain text",
        "Environment variables and user data are shown by the API to everybody who may describe the resource.",
        _secrets,
    ),
)
