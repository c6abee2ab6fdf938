"""Security groups that are replaced: their id changes, and one that is in use cannot be deleted first."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent, same
from orchestrator.review.rules.facts.aws.users import Users, users
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.reasons import because_clause, name_of
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN

_TYPES = ("aws_security_group", "aws_default_security_group")
_OUTSIDE = (
    "Whatever refers to the old id outside of this configuration (rules of other groups, other stacks) loses access."
)
_NEW_FIRST = (
    "Undo the change that forces it (name and description cannot be changed), or set `create_before_destroy` in its "
    "lifecycle block with a `name_prefix`: then everything moves over before the old group goes."
)


def _replaced(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.REPLACE:
        return
    found = _users(resource, plan)
    says = [f"The {name_of(resource, 'security group')} is replaced{because_clause(resource, plan)}: its id changes."]
    advice = "Find out who else refers to the group's id, and change that right after the apply."
    severity = Severity.LOW
    if resource.create_before_destroy:
        if _same_name(resource):
            severity = Severity.MEDIUM
            says.append("The new one is created first, under the same name in the same network: AWS refuses that.")
            advice = "Use a `name_prefix` instead of the name, so that both can be there for a while."
    else:
        # Only what Terraform destroys before the group is out of its way.
        held = [item for item in (*found.stay, *found.move) if not _goes_first(item)]
        if held:
            severity = Severity.HIGH
            says.append(
                f"The old one is destroyed first, while {listed(item.address for item in held)} still "
                f"use{'s' if len(held) == 1 else ''} it: AWS refuses to delete a group that is in use, and the apply "
                "fails after 15 minutes (DependencyViolation), with the group's own rules already gone."
            )
            advice = _NEW_FIRST
        elif not found:
            severity = Severity.MEDIUM
            says.append(
                "The old one is destroyed first. The plan does not show who uses it; while a network interface does, "
                "AWS refuses to delete it, and the apply fails after 15 minutes (DependencyViolation)."
            )
            advice = _NEW_FIRST
    path = resource.replace_paths[0] if resource.replace_paths else ()
    before, after = (at(resource.before, path), at(resource.after, path)) if path else (None, None)
    yield Finding(
        "security-group-replaced",
        severity,
        resource.address,
        " ".join([*says, _OUTSIDE]),
        advice,
        path,
        before,
        after,
    )


def _users(resource: Resource, plan: Plan) -> Users:
    found = users(plan, *(name for key in ("id", "arn") if isinstance(name := at(resource.before, key), str)))
    own = (resource.address,)
    return Users(*(tuple(it for it in kind if it.address not in own) for kind in (found.stay, found.move, found.go)))


def _goes_first(item: Resource) -> bool:
    return item.action is Action.REPLACE and not item.create_before_destroy


def _same_name(resource: Resource) -> bool:
    before, after = at(resource.before, "name"), at(resource.after, "name")
    elsewhere = at(resource.before, "vpc_id") != at(resource.after, "vpc_id")
    return isinstance(before, str) and before == after and after is not UNKNOWN and not elsewhere


_GROUP = {"id": "sg-1", "name": "web", "description": "a"}
_SERVER = same("aws_instance.web", {"vpc_security_group_ids": ["sg-1"]})

RULE = Rule(
    "security-group-replaced",
    Severity.HIGH,
    "A security group is replaced",
    "Its id changes for everybody who refers to it, and AWS does not delete a group that is in use.",
    looks=_replaced,
    watches=tuple(Reads(type_) for type_ in _TYPES),
    fix=_NEW_FIRST,
    examples=(
        Fires(
            _TYPES[0],
            _GROUP,
            _GROUP | {"description": "b"},
            beside=(_SERVER,),
            replaced="description",
            both_ways=True,
        ),
        Fires(
            _TYPES[0], _GROUP, _GROUP | {"description": "b"}, Severity.MEDIUM, replaced="description", both_ways=True
        ),
        Fires(
            _TYPES[0],
            _GROUP,
            _GROUP | {"description": "b"},
            Severity.LOW,
            beside=(Beside("aws_instance.web", {"vpc_security_group_ids": ["sg-1"]}, None),),
            replaced="description",
            both_ways=True,
        ),
        Silent(_TYPES[0], _GROUP, None),
        Silent(_TYPES[0], _GROUP, _GROUP | {"tags": {"Name": "web"}}),
    ),
)
