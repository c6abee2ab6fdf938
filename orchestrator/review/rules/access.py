"""Who may do what: all rules about access through policies, and credentials."""

from __future__ import annotations

from orchestrator.review.rules import (
    authentication,
    credentials,
    identity,
    isolation,
    lockout,
    public,
    resource_policies,
    trust,
)
from orchestrator.review.rules.kit.rule import Rule

RULES: tuple[Rule, ...] = (
    *identity.RULES,
    *trust.RULES,
    *public.RULES,
    *resource_policies.RULES,
    *credentials.RULES,
    *authentication.RULES,
    *isolation.RULES,
    *lockout.RULES,
)
