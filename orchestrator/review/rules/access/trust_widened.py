"""More identities that can assume a role: trust policies."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.iam import Grant
from orchestrator.review.iam.conditions import restricts
from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import ACCOUNT, OWN_ACCOUNT, STRANGER, Fires, Silent, policy
from orchestrator.review.rules.facts.iam.accounts import account_id, is_foreign, own_accounts
from orchestrator.review.rules.facts.iam.policy_changes import trust_change
from orchestrator.review.rules.facts.iam.policy_types import TRUST
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import shown

_ADVICE = "Name the one role or service that needs it, and keep conditions that say for whom it acts."
_ADVICE_SUBJECT = "Give the exact subject (repository and branch or environment), and aud, with StringEquals."


def _trust(resource: Resource, plan: Plan) -> Iterator[Finding]:
    change = trust_change(resource, plan) if resource.after is not None else None
    if change is None:
        return
    loosened = set(change.widening.loosened)
    weighed: list[tuple[Severity, str, str]] = []
    for grant in change.widening.grants:
        for principal in ["everybody but some"] if grant.principal.negated else sorted(grant.principal.patterns):
            found = _weigh(grant, principal, fresh=change.fresh, loosened=grant in loosened, plan=plan)
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
    grant: Grant, principal: str, *, fresh: bool, loosened: bool, plan: Plan
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
            return found
    if loosened:
        return (
            Severity.HIGH,
            f"The conditions for {_name(principal)} to assume this role are removed or weaker",
            _ADVICE,
        )
    if principal.startswith(("service:", "federated:")):
        return None if fresh else (Severity.MEDIUM, f"{_name(principal)} can now assume this role", _ADVICE)
    return _account(grant, principal, fresh=fresh, plan=plan)


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
    host = provider.partition("oidc-provider/")[2] or provider
    if "sts:AssumeRoleWithWebIdentity".lower() not in {action.lower() for action in grant.action.patterns}:
        return None
    subjects = [value for c in grant.conditions if c.key.endswith(":sub") and restricts(c) for value in c.values]
    audience = any(c.key.endswith((":aud", ":amr", ":app_id")) and restricts(c) for c in grant.conditions)
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
    watches=tuple(Reads(type_, attribute, "who can assume the role") for type_, attribute in TRUST.items()),
    fix=_ADVICE,
    examples=(
        Fires("aws_iam_role", _role(_OWN), _role(_OWN, "*"), Severity.CRITICAL, beside=(OWN_ACCOUNT,)),
        Fires("aws_iam_role", _role(_OWN), _role(_OWN, f"arn:aws:iam::{STRANGER}:root"), beside=(OWN_ACCOUNT,)),
        Silent("aws_iam_role", None, _role(_OWN), beside=(OWN_ACCOUNT,)),
    ),
)
