"""Roles and instance profiles that are destroyed or replaced: what acts as them stops working."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent, same
from orchestrator.review.rules.facts.aws.users import Users
from orchestrator.review.rules.facts.iam.losses import who_acts_as
from orchestrator.review.rules.facts.iam.policy_changes import everything_goes
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.reasons import because_clause, name_of
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ROLE, _PROFILE = "aws_iam_role", "aws_iam_instance_profile"
_NOUNS = {_ROLE: "role", _PROFILE: "instance profile"}
_FIX = "Move everything that acts as it to another role first, and see in IAM when it was last used."


def _destroyed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not resource.destroyed or resource.deposed or everything_goes(plan):
        return
    name = str(at(resource.before, "name") or "")
    found = who_acts_as(_NOUNS[resource.type].replace(" ", "-"), name, plan, str(at(resource.before, "arn") or ""))
    if found.go and not (found.stay or found.move):
        return  # it goes with what acts as it
    if resource.action is Action.REPLACE:
        if resource.type == _ROLE:
            yield _replaced(resource, plan, found)
        return
    if elsewhere := new_address(resource, plan):
        yield Finding(
            "",
            Severity.MEDIUM,
            resource.address,
            f"The {name_of(resource, _NOUNS[resource.type])} is destroyed and the plan creates the same again as "
            f"{elsewhere}: this looks like a rename. In between nothing can act as it, and creating it fails as long "
            "as the old one is there.",
            f"Add a `moved` block (from = {resource.address}, to = {elsewhere}) and plan again: nothing is destroyed "
            "then.",
        )
    elif found or resource.type == _ROLE:
        severity, who = _who(found)
        yield Finding(
            "",
            severity,
            resource.address,
            f"The {name_of(resource, _NOUNS[resource.type])} is destroyed{because_clause(resource, plan)}. {who}",
            _FIX
            if not found.move or found.stay
            else f"Check that the new role of {listed(it.address for it in found.move)} allows what this one allowed.",
        )


def _who(found: Users) -> tuple[Severity, str]:
    if found.stay:
        names = listed(item.address for item in found.stay)
        return Severity.HIGH, f"Still acting as it after this plan, and denied everything from then on: {names}."
    if found.move:
        names = listed(item.address for item in found.move)
        return (
            Severity.MEDIUM,
            f"In the same plan another takes its place for {names}. Whoever else assumes it is denied that.",
        )
    return (
        Severity.MEDIUM,
        "The plan does not show what acts as it: applications, pipelines, people and other accounts that assume it "
        "are denied that.",
    )


def _replaced(resource: Resource, plan: Plan, found: Users) -> Finding:
    first = resource.create_before_destroy
    acting = [item.address for item in (*found.stay, *found.move)]
    gap = "" if first else f" In between nothing can act as it{f': {listed(acting)}' if acting else ''}."
    return Finding(
        "",
        Severity.LOW if first else Severity.MEDIUM,
        resource.address,
        f"The {name_of(resource, 'role')} is destroyed and recreated{because_clause(resource, plan)}.{gap} Policies "
        "elsewhere that name it as a principal go on meaning the old one, even if the new one has the same name, until "
        "they are saved again.",
        "Undo the change that forces the replacement, or save those policies again after the apply.",
    )


_APP = {"name": "app", "arn": "arn:aws:iam::111122223333:role/app"}
_STAYS = same("aws_sns_topic.stays", {"name": "stays"})


def _function(role: str) -> dict[str, str]:
    return {"function_name": "api", "role": f"arn:aws:iam::111122223333:role/{role}"}


RULE = Rule(
    "identity-destroyed",
    Severity.HIGH,
    "A role is destroyed or replaced",
    "Whatever acts as it, in this configuration or elsewhere, is denied everything from then on.",
    looks=_destroyed,
    watches=(Reads(f"{_ROLE} {_PROFILE}"),),
    fix=_FIX,
    examples=(
        Fires(_ROLE, _APP, None, beside=(same("aws_lambda_function.api", _function("app")),)),
        Fires(
            _ROLE,
            _APP,
            None,
            Severity.MEDIUM,
            beside=(Beside("aws_lambda_function.api", _function("app"), _function("new")),),
        ),
        Fires(_ROLE, _APP, None, Severity.MEDIUM, beside=(_STAYS,)),
        Silent(_ROLE, _APP, None, beside=(_STAYS, Beside("aws_lambda_function.api", _function("app"), None))),
        Silent(_PROFILE, {"name": "app"}, None, beside=(_STAYS,)),
        Silent(_ROLE, None, _APP),
    ),
)
