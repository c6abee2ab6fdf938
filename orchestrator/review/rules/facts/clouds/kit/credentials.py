"""Credentials that do not expire, in clouds where one is a resource."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.rows import Judged

_ADVICE = "Have the program use an identity of the machine or workload that it runs on."


def created(types: str, what: str, advice: str = _ADVICE) -> Judged:
    """A row for what is a credential itself."""

    def judge(resource: Resource, plan: Plan) -> Iterator[Finding]:
        if resource.before is None and resource.created:
            yield Finding("", Severity.MEDIUM, resource.address, f"Creates {what}.", advice)

    return Judged(types, "", judge)
