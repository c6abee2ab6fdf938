"""Secrets where everybody who can read a description can read them: in plain environment variables and the like."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
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
        "In plain text, readable by everybody with access to the resource's description, logs or state",
        f"{_REFER}; rotate it if it was already applied.",
    ),
    Kind.UNSEEN: (
        Severity.MEDIUM,
        "Probably a secret, judging by its name or marks, readable by everybody who can describe the resource (the "
        "plan does not show the value)",
        f"{_REFER}, unless it is only a reference already.",
    ),
    Kind.DUMMY: (
        Severity.LOW,
        "Named like a secret, but with a well-known placeholder as its value",
        "Nothing to do if nothing real is behind it.",
    ),
}


def _function(**variables: str) -> dict[str, object]:
    return {"function_name": "jobs", "environment": [{"variables": variables}]}


RULE = Rule(
    "secret-in-plain-text",
    Severity.HIGH,
    "A secret is stored in plain text",
    "Everybody who can describe the resource can read its environment variables and user data.",
    looks=_secrets,
    fix=f"{_REFER}.",
    examples=(
        Fires("aws_lambda_function", _function(LEVEL="info"), _function(LEVEL="info", DB_PASSWORD="Tr0ub4dor&3-x9")),
        Fires("aws_lambda_function", None, _function(DB_PASSWORD="changeme"), Severity.LOW),
        Silent(
            "aws_lambda_function",
            None,
            _function(DB_PASSWORD_ARN="arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"),
        ),
    ),
)
