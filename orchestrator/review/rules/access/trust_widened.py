"""More identities that can assume a role: trust policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.review.iam import Document, Grant, Statement
from orchestrator.review.iam.comparison import covered
from orchestrator.review.iam.conditions import restricts
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import ACCOUNT, OWN_ACCOUNT, STRANGER, Fires, Silent, policy
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.google import access as google_access
from orchestrator.review.rules.facts.clouds.google import iam as google_iam
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.facts.iam.accounts import account_id, is_foreign, own_accounts
from orchestrator.review.rules.facts.iam.policy_changes import PolicyChange, trust_change
from orchestrator.review.rules.facts.iam.policy_types import TRUST
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import shown

_ADVICE = "Name the one role or service that needs it, and keep conditions that say for whom it acts."
_ADVICE_SUBJECT = "Give the exact subject (repository and branch or environment), and aud, with StringEquals."
_SUB = ":sub"
_SUBJECT = re.compile(
    r"repo:[^:/*?]+/[^:/*?]+:(ref:refs/heads/|environment:)[^*?]+"
    r"|project_path:[^:*?]+/[^:*?]+:ref_type:branch:ref:[^*?]+"
)
"""GitHub's and GitLab's subjects that name one repository and its branch or environment, and so no pull request."""


def _trust(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in google_iam.ON_ACCOUNT:
        yield from google_access.impersonated(resource, plan)
        return
    change = trust_change(resource, plan) if resource.after is not None else None
    if change is None:
        return
    loosened = set(change.widening.loosened)
    weighed: list[tuple[Severity, str, str]] = []
    for grant in change.widening.grants:
        for principal in ["everybody but some"] if grant.principal.negated else sorted(grant.principal.patterns):
            found = _weigh(grant, principal, change, loosened=grant in loosened, plan=plan)
            if found is not None:
                weighed.append(found)
    if weighed:
        weighed.sort(key=lambda item: -item[0])
        yield Finding(
            "trust-widened",
            weighed[0][0],
            resource.address,
            listed((reason for _, reason, _ in weighed), 4) + ".",
            weighed[0][2],
            change.path,
        )


def _weigh(
    grant: Grant, principal: str, change: PolicyChange, *, loosened: bool, plan: Plan
) -> tuple[Severity, str, str] | None:
    if grant.lifted:
        return Severity.MEDIUM, f"A Deny is removed or narrower: {grant}", _ADVICE
    if grant.everyone:
        limited = [condition for condition in grant.conditions if restricts(condition)]
        if not limited:
            return Severity.CRITICAL, "Everybody in any AWS account can assume this role", _ADVICE
        return Severity.HIGH, f"Anybody who meets {listed(limited)} can assume this role", _ADVICE
    if principal.startswith("federated:"):
        found = _federated(grant, principal.removeprefix("federated:"))
        if found is not None:
            severity, reason, advice = found
            return max(severity, Severity.HIGH) if loosened else severity, reason, advice
    if loosened:
        subjects = _other_subjects(grant, change.before)
        if subjects:
            reason = f"{listed(sorted(subjects))} of {_host(principal)} can now assume this role"
            return Severity.MEDIUM, reason, _ADVICE_SUBJECT
        return (
            Severity.HIGH,
            f"The conditions for {_name(principal)} to assume this role are removed or weaker",
            _ADVICE,
        )
    if principal.startswith(("service:", "federated:")):
        return None if change.fresh else (Severity.MEDIUM, f"{_name(principal)} can now assume this role", _ADVICE)
    return _account(grant, principal, fresh=change.fresh, plan=plan)


def _account(grant: Grant, principal: str, *, fresh: bool, plan: Plan) -> tuple[Severity, str, str] | None:
    number, mine = account_id(principal), own_accounts(plan)
    if is_foreign(number, plan):
        limited = any(restricts(condition) for condition in grant.conditions)
        reason = f"{_name(principal)}, in an account that is not the one this plan works in, can now assume this role"
        if not limited:
            reason += ", without an external id or another condition"
        return Severity.MEDIUM if limited else Severity.HIGH, reason, _ADVICE
    if fresh:
        known = not number or bool(mine)
        unsure = f"{_name(principal)} can assume this role; the plan does not tell whether that is its own account"
        return None if known else (Severity.LOW, unsure, _ADVICE)
    return Severity.MEDIUM, f"{_name(principal)} can now assume this role", _ADVICE


def _federated(grant: Grant, provider: str) -> tuple[Severity, str, str] | None:
    """What is wrong with a role for an identity provider's users, whether it is new or not."""
    if ":saml-provider/" in provider:
        return None
    host = _host(provider)
    if "sts:AssumeRoleWithWebIdentity".lower() not in {action.lower() for action in grant.action.patterns}:
        return None
    subjects = [value for c in grant.conditions if c.key.endswith(_SUB) and restricts(c) for value in c.values]
    audience = _has_audience(grant)
    public = any(name in host for name in ("githubusercontent.com", "gitlab.com", "app.terraform.io", "google"))
    if not subjects:
        if audience and not public:
            return (
                None
                if "cognito" in host
                else (Severity.HIGH, f"Every user of {host} can assume this role", _ADVICE_SUBJECT)
            )
        return (
            Severity.CRITICAL if public else Severity.HIGH,
            f"Every user of {host} can assume this role: no condition names the subject",
            _ADVICE_SUBJECT,
        )
    wide = [subject for subject in subjects if "*" in subject or "?" in subject]
    if wide:
        anybody = any(_any_owner(subject) for subject in wide)
        reason = f"The subject of {host} has a wildcard: {shown(sorted(wide))}"
        return Severity.HIGH if anybody else Severity.MEDIUM, reason, _ADVICE_SUBJECT
    if not audience:
        return Severity.LOW, f"No condition on the audience (aud) of {host}", _ADVICE_SUBJECT
    return None


def _other_subjects(grant: Grant, before: Document) -> frozenset[str]:
    """The exact subjects that it is for, if there was one before in their place and all else is asked for as it was.

    Empty if one of them does not name repository and branch or environment, or if there is no audience.
    """
    asked = [condition for condition in grant.conditions if condition.key.endswith(_SUB) and restricts(condition)]
    subjects = frozenset(value for condition in asked for value in condition.values)
    if not (subjects and _has_audience(grant) and all(map(_SUBJECT.fullmatch, subjects))):
        return frozenset()
    others = [_without_subject(statement) for statement in before.allows if _names_subject(statement)]
    return subjects if covered(grant, others) else frozenset()


def _names_subject(statement: Statement) -> bool:
    return any(condition.key.endswith(_SUB) and restricts(condition) for condition in statement.conditions)


def _without_subject(statement: Statement) -> Statement:
    rest = frozenset(condition for condition in statement.conditions if not condition.key.endswith(_SUB))
    return replace(statement, conditions=rest)


def _has_audience(grant: Grant) -> bool:
    return any(c.key.endswith((":aud", ":amr", ":app_id")) and restricts(c) for c in grant.conditions)


def _host(provider: str) -> str:
    return provider.partition("oidc-provider/")[2] or provider.removeprefix("federated:")


def _any_owner(subject: str) -> bool:
    """True if the wildcard is in what names the owner or the repository: `repo:*`, `repo:acme/*`."""
    named = ":".join(subject.split(":")[:2])
    return "*" in named or "?" in named


def _name(principal: str) -> str:
    return principal.partition(":")[2] if principal.startswith(("service:", "federated:")) else principal


def _role(*principals: str) -> dict[str, str]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": list(principals)}}
    return {"name": "deploy", "assume_role_policy": policy(statement)}


_OWN = f"arn:aws:iam::{ACCOUNT}:role/ci"

RULE = Rule(
    "trust-widened",
    Severity.HIGH,
    "More identities can assume a role",
    "Whoever can assume a role has all of its permissions.",
    looks=_trust,
    watches=(
        *(Reads(type_, attribute, "who can assume the role") for type_, attribute in TRUST.items()),
        Reads(" ".join(sorted(google_iam.ON_ACCOUNT)), "role member members policy_data"),
        *google_protection.TRUST,
        *rows_for("trust-widened"),
    ),
    fix=_ADVICE,
    examples=(
        Fires("aws_iam_role", _role(_OWN), _role(_OWN, "*"), Severity.CRITICAL, beside=(OWN_ACCOUNT,)),
        Fires("aws_iam_role", _role(_OWN), _role(_OWN, f"arn:aws:iam::{STRANGER}:root"), beside=(OWN_ACCOUNT,)),
        Silent("aws_iam_role", None, _role(_OWN), beside=(OWN_ACCOUNT,)),
    ),
)
