"""What an identity or a caller may no longer do after a plan, and who acts as an identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.iam import Document, Grant, compare, parse
from orchestrator.review.iam.comparison import part_covers
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts.aws.users import Users, users
from orchestrator.review.rules.facts.iam.managed_policies import ATTACHMENTS
from orchestrator.review.rules.facts.iam.policy_types import IDENTITY, RESOURCE, TRUST
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.values import UNKNOWN, Sensitive

POLICIES = frozenset((*IDENTITY, *RESOURCE, *TRUST, *ATTACHMENTS)) - {"aws_iam_role"}
"""What says what may be done, and does nothing itself."""

_KINDS = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}


RUN_BY = {
    "aws_lambda_function": "lambda.amazonaws.com",
    "aws_ecs_task_definition": "ecs-tasks.amazonaws.com",
    "aws_iam_instance_profile": "ec2.amazonaws.com",
    "aws_sfn_state_machine": "states.amazonaws.com",
    "aws_codebuild_project": "codebuild.amazonaws.com",
    "aws_codepipeline": "codepipeline.amazonaws.com",
    "aws_eks_cluster": "eks.amazonaws.com",
    "aws_eks_node_group": "ec2.amazonaws.com",
    "aws_glue_job": "glue.amazonaws.com",
    "aws_scheduler_schedule": "scheduler.amazonaws.com",
    "aws_cloudwatch_event_target": "events.amazonaws.com",
}
"""By which service a resource's role is assumed."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What was allowed and is not any more. `denied` is the part of it that a new Deny forbids, whatever else allows
    it; `everything` says that nothing is left of the policy."""

    grants: tuple[Grant, ...]
    denied: tuple[Grant, ...]
    everything: bool


def loss(before: Document, after: Document) -> Loss | None:
    """What a policy document no longer allows; None if there is no such thing."""
    backwards = compare(after, before).grants
    lost = tuple(grant for grant in backwards if not grant.lifted)
    denies = [grant for grant in backwards if grant.lifted and not grant.conditions]
    allowed = [Grant(it.actions, it.resources, it.principals, it.conditions) for it in before.allows]
    denied = tuple(grant for grant in allowed if any(_forbids(deny, grant) for deny in denies))
    return Loss(lost, denied, not after.allows) if lost or denied else None


def _forbids(deny: Grant, grant: Grant) -> bool:
    return (
        part_covers(deny.action.folded(), grant.action.folded())
        and part_covers(deny.resource, grant.resource)
        and part_covers(deny.principal, grant.principal)
    )


def document(value: object) -> Document | None:
    """A policy; None if it cannot be read."""
    return None if value is UNKNOWN or isinstance(value, Sensitive) else parse(value)


def who_acts_as(kind: str, name: str, plan: Plan, arn: str = "") -> Users:
    """What runs as a role, user or instance profile (`kind`), as far as the plan shows it: no policies, and nothing
    that only belongs to the identity."""
    asked = [arn, f"{kind}/{name}", f"{kind}={name}", f"iam_{kind}={name}"]
    if kind == "instance-profile":
        asked += [f"iam_instance_profile={name}", f"instance_profile={name}", f"instance_profile_name={name}"]
    found = users(plan, *asked)
    return Users(*(tuple(item for item in items if _runs(item)) for items in (found.stay, found.move, found.go)))


def _runs(item: Resource) -> bool:
    belongs = item.type.startswith("aws_iam_") and item.type != "aws_iam_instance_profile"
    return item.type not in POLICIES and not belongs


def identity_of(resource: Resource) -> tuple[str, str]:
    """What a policy or an attachment is put on: `("role", "app")`; empty texts if that is not known."""
    values = resource.before or {}
    for kind in ("role", "user", "group"):
        if isinstance(name := values.get(kind), str) and name:
            return kind, name
    return "", ""


@per_plan
def _left(plan: Plan) -> Mapping[tuple[str, str], list[Resource]]:
    found: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for item in plan.resources:
        if not item.managed or item.after is None:
            continue
        if item.type in IDENTITY or item.type in ATTACHMENTS:
            for kind in ("role", "user", "group"):
                if isinstance(name := item.after.get(kind), str):
                    found[kind, name].append(item)
        kind = _KINDS.get(item.type, "")
        own = any(item.after.get(key) for key in ("inline_policy", "managed_policy_arns"))
        if kind and own and isinstance(name := item.after.get("name"), str):
            found[kind, name].append(item)
    return found


def other_policies(resource: Resource, plan: Plan) -> Iterator[Resource]:
    """What still gives the identity rights after the plan, beside this policy or attachment."""
    return (item for item in _left(plan).get(identity_of(resource), ()) if item is not resource)


@per_plan
def comes_later(plan: Plan) -> bool:
    """True if the plan makes a policy or an attachment of which it is not known yet for whom."""
    return any(
        item.managed
        and item.action in (Action.CREATE, Action.REPLACE)
        and (item.type in IDENTITY or item.type in ATTACHMENTS)
        and any((item.after or {}).get(kind) is UNKNOWN for kind in ("role", "user", "group", "roles"))
        for item in plan.resources
    )


def readable(policy: Resource) -> Document:
    """What an inline policy says after the plan, as far as it can be read."""
    attribute = IDENTITY.get(policy.type)
    return (document((policy.after or {}).get(attribute)) if attribute else None) or Document()


def identities_of(policy: Resource, plan: Plan) -> list[tuple[str, str]]:
    """Whose policy it is: that of one identity, or of all to which it is attached."""
    own = identity_of(policy)
    if own[1]:
        return [own]
    arn = (policy.before or {}).get("arn")
    attached = _attachments(plan).get(arn, ()) if isinstance(arn, str) else ()
    return [one for item in attached if (one := identity_of(item))[1]]


@per_plan
def _attachments(plan: Plan) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for item in plan.resources:
        arn = (item.before or {}).get("policy_arn") if item.type in ATTACHMENTS else None
        if isinstance(arn, str) and arn:
            found[arn].append(item)
    return found


def arn_of(kind: str, name: str, plan: Plan) -> str:
    """The ARN of an identity that is in the plan; empty if it is not."""
    return _arns(plan).get((kind, name), "")


@per_plan
def _arns(plan: Plan) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for item in plan.resources:
        name, arn = (at(item.before, key) for key in ("name", "arn"))
        if item.type in _KINDS and isinstance(name, str) and isinstance(arn, str):
            found.setdefault((_KINDS[item.type], name), arn)
    return found


def services_lost(found: Loss, after: object, beside: Document) -> list[str]:
    """The services (`s3`) of which something was allowed by name, and nothing is any more."""
    left = (document(after) or Document()) + beside
    kept = {_service(pattern) for it in left.allows for pattern in it.actions.patterns}
    if "*" in kept or any(it.actions.negated for it in left.allows):
        return []
    lost = {
        _service(pattern) for grant in found.grants if not grant.action.negated for pattern in grant.action.patterns
    }
    return sorted(lost - kept - {"*"})


def _service(action: str) -> str:
    return action.partition(":")[0].lower()


def is_known_caller(grant: Grant, plan: Plan) -> bool:
    """True if it names services, or a role that the plan shows and that stays: who else is named may be gone."""
    if grant.principal.negated or not grant.principal.patterns:
        return False
    return all(name.endswith(".amazonaws.com") or name in _staying(plan) for name in grant.principal.patterns)


@per_plan
def _staying(plan: Plan) -> frozenset[str]:
    return frozenset(
        arn
        for item in plan.resources
        if item.type == "aws_iam_role" and item.managed and item.action in (Action.NO_OP, Action.UPDATE)
        if isinstance(arn := (item.before or {}).get("arn"), str)
    )


def services_trusted(trust: Document) -> set[str]:
    """The AWS services that a trust policy lets in."""
    named = (name for it in trust.allows for name in it.principals.patterns)
    return {name.removeprefix("service:") for name in named if name.startswith("service:")}
