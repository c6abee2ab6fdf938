"""Data that Terraform stops managing."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.reasons import name_of
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Note who owns it now, or import it where it should be managed."


def _forgotten(resource: Resource, plan: Plan) -> Iterator[Finding]:
    holder = holders.holder_of(resource.type)
    # Replaced with `destroy = false`: Terraform forgets the old one and creates another.
    again = resource.action is Action.CREATE and resource.before is not None
    if holder is None or holder.kind is not Kind.DATA or not (again or resource.action is Action.FORGET):
        return
    yield Finding(
        "data-forgotten",
        Severity.MEDIUM if again else Severity.LOW,
        resource.address,
        f"Terraform stops managing the {name_of(resource, holder.noun)} and leaves the object as it is. "
        "Nothing is lost, but nothing manages it from now on, and it continues to cost money."
        + (" The one that is created in its place is empty." if again else ""),
        _ADVICE,
    )


_STAYS = (same("aws_iam_role.stays", {"name": "stays"}),)

RULE = Rule(
    "data-forgotten",
    Severity.LOW,
    "Terraform stops managing data",
    "The object stays, but no configuration describes it any more.",
    looks=_forgotten,
    fix=_ADVICE,
    examples=(
        Fires("aws_s3_bucket", {"bucket": "legacy"}, None, forgotten=True, beside=_STAYS, note="by a `removed` block"),
        Silent("aws_iam_role_policy", {"name": "legacy"}, None, forgotten=True, beside=_STAYS),
    ),
)
