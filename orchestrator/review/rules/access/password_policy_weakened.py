"""Passwords that may become weaker."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_AT_LEAST = ("minimum_password_length", "password_reuse_prevention")
_DEMANDS = (
    "require_lowercase_characters",
    "require_numbers",
    "require_symbols",
    "require_uppercase_characters",
)
_ADVICE = "Keep the stricter value."


def _passwords(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = resource.before, resource.after or {}
    if before is None:
        return
    weaker = [key for key in _DEMANDS if before.get(key) is True and after.get(key) in (False, None)]
    for key in _AT_LEAST:
        old, new = before.get(key), after.get(key) or 0
        if isinstance(old, int) and isinstance(new, int) and new < old:
            weaker.append(key)
    if weaker:
        yield Finding(
            "password-policy-weakened",
            Severity.MEDIUM,
            resource.address,
            f"Passwords of this account's users may become weaker: {', '.join(weaker)}.",
            _ADVICE,
            (weaker[0],),
            before.get(weaker[0]),
            after.get(weaker[0]),
        )


_POLICY = "aws_iam_account_password_policy"

RULE = Rule(
    "password-policy-weakened",
    Severity.MEDIUM,
    "The password policy is weakened",
    "The account's password policy applies to all its users.",
    looks=_passwords,
    watches=(Reads(_POLICY, " ".join((*_AT_LEAST, *_DEMANDS))),),
    fix=_ADVICE,
    examples=(
        Fires(_POLICY, {"minimum_password_length": 16}, {"minimum_password_length": 8}),
        Fires(_POLICY, {"require_symbols": True}, {"require_symbols": False}),
        Silent(_POLICY, None, {"minimum_password_length": 8}),
    ),
)
