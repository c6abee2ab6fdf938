"""Secrets where everybody who can read a description can read them: in plain environment variables and the like."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.words import SECRET_STORE
from orchestrator.review.rules.facts.secret_places import OUT_OF_SCOPE, Plain, plain_after, plain_before
from orchestrator.review.rules.facts.secret_shapes import Kind
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import AttributePath, Sensitive

ID = "secret-in-plain-text"


def _secrets(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    proven = [] if resource.type.startswith(OUT_OF_SCOPE) else list(resource.exposed)
    if proven:
        yield _proven(resource, proven)
    now = [item for item in plain_after(resource, plan) if not _told(item, proven)]
    if not now:
        return
    then = plain_before(resource, plan)
    before = {(item.what, item.text) for item in then}
    found = [item for item in now if (item.what, item.text) not in before]
    if not found:
        return
    worst = max(found, key=lambda item: item.kind.value)
    severity, reason, advice = _WORDS[worst.kind]
    old = next((item for item in then if item.what == worst.what), None)
    yield Finding(
        ID,
        severity,
        resource.address,
        f"{reason}: {listed(item.what for item in found if item.kind is worst.kind)}.",
        advice.format(refer=SECRET_STORE.of(resource.type)),
        worst.path,
        Sensitive(old.text) if old is not None else None,
        Sensitive(worst.text),
        stand_ins=frozenset(item.what for item in found) if worst.kind is Kind.DUMMY else frozenset(),
    )


def _told(item: Plain, proven: list[tuple[str, AttributePath]]) -> bool:
    """True if it is one of those that Terraform's marks have told, or all of the document that they are in."""
    return any(item.what == name or item.path == path or item.path == path[:1] for name, path in proven)


def _proven(resource: Resource, found: list[tuple[str, AttributePath]]) -> Finding:
    return Finding(
        ID,
        Severity.HIGH,
        resource.address,
        "A value that Terraform marks as sensitive is set as a plain environment variable, readable by everybody with "
        f"access to the resource's description, logs or state: {listed(name for name, _ in found)}.",
        f"{SECRET_STORE.of(resource.type)}; rotate it if it was already applied.",
        found[0][1],
    )


_WORDS = {
    Kind.SECRET: (
        Severity.HIGH,
        "In plain text, readable by everybody with access to the resource's description, logs or state",
        "{refer}; rotate it if it was already applied.",
    ),
    Kind.UNSEEN: (
        Severity.MEDIUM,
        "Probably a secret, judging by its name or marks, readable by everybody who can describe the resource (the "
        "plan does not show the value)",
        "{refer}, unless it is only a reference already.",
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
    ID,
    Severity.HIGH,
    "A secret is stored in plain text",
    "Everybody who can describe the resource can read its environment variables and user data.",
    looks=_secrets,
    fix=SECRET_STORE.together,
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
