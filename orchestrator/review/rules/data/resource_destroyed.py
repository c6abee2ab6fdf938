"""Resources of unknown types that are destroyed."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.deploys import is_only_a_deploy
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.unknown import guards
from orchestrator.review.rules.kit.reasons import because_clause
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Look up what is lost with it before this is applied."


def _unknown_type(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not resource.destroyed or holders.holder_of(resource.type) is not None or is_only_a_deploy(resource):
        return
    if guards.destroyed(resource, plan) is not None:
        return  # its name says what it is
    what = "destroyed" if resource.action is Action.DELETE else "destroyed and recreated"
    elsewhere = new_address(resource, plan)
    yield Finding(
        "resource-destroyed",
        Severity.MEDIUM,
        resource.address,
        f"It is {what}{because_clause(resource, plan)}. The type {resource.type} is unknown: "
        "it may hold data or an address.",
        f"If it is a rename, add a `moved` block (from = {resource.address}, to = {elsewhere}) and plan again."
        if elsewhere
        else _ADVICE,
    )


RULE = Rule(
    "resource-destroyed",
    Severity.MEDIUM,
    "A resource of an unknown type is destroyed",
    "It may hold data: this review does not know the type.",
    looks=_unknown_type,
    fix=_ADVICE,
    examples=(
        Fires("acme_thing", {"name": "a"}, None, beside=(same("aws_iam_role.stays", {"name": "stays"}),)),
        Silent("acme_thing", None, {"name": "a"}),
    ),
)
