"""What something that stays was allowed to do, and is not any more: policies that are removed, narrowed or turned into
a Deny."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.iam import Document, Grant
from orchestrator.review.iam.power import POWERFUL_POLICIES, admin
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent, allow, deny, same
from orchestrator.review.rules.examples.examples import policy as document
from orchestrator.review.rules.facts.iam import losses
from orchestrator.review.rules.facts.iam.losses import Loss
from orchestrator.review.rules.facts.iam.managed_policies import ATTACHMENTS
from orchestrator.review.rules.facts.iam.policy_changes import everything_goes, holder_goes, moves
from orchestrator.review.rules.facts.iam.policy_types import IDENTITY, RESOURCE
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.destroyed import gone_with
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rows import Reads, Removed, Row
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Check in IAM's access advisor or CloudTrail that it is no longer used, or allow it elsewhere first."
_ROLE, _TRUST = "aws_iam_role", "assume_role_policy"
_PERMISSION = "aws_lambda_permission"
_ATTACHED = tuple(
    type_ for type_ in ATTACHMENTS if type_.startswith("aws_iam_") and type_.endswith("_policy_attachment")
)
_INLINE = tuple(type_ for type_ in IDENTITY if type_.startswith("aws_iam_") and type_ != "aws_iam_role")
_OF_RESOURCES = tuple(type_ for type_ in RESOURCE if type_.endswith("_policy") or type_.startswith("aws_kms_"))


def _looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.deposed or everything_goes(plan) or resource.action not in (Action.UPDATE, Action.DELETE):
        return
    if resource.action is Action.DELETE and (holder_goes(resource, plan) or new_address(resource, plan)):
        return
    if moves(resource):
        return
    if resource.type in _ATTACHED:
        yield from _detached(resource, plan)
    elif resource.type in _INLINE:
        yield from _of_identity(resource, plan)
    elif resource.type in _OF_RESOURCES:
        yield from _of_resource(resource, plan)
    elif resource.type == _ROLE and resource.action is Action.UPDATE:
        yield from _trusted(resource, plan)


def _detached(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A managed policy that is no longer attached to an identity that stays."""
    kind, name = losses.identity_of(resource)
    if resource.action is not Action.DELETE or not name or losses.comes_later(plan):
        return
    others = list(losses.other_policies(resource, plan))
    arn = str(at(resource.before, "policy_arn") or "")
    if any(at(item.after, "policy_arn") == arn for item in others) or any(_is_new(item) for item in others):
        return  # it has that policy elsewhere, or others take its place
    acting = losses.who_acts_as(kind, name, plan, losses.arn_of(kind, name, plan))
    who = [item.address for item in acting.stay]
    if not who and (others or acting or arn.rpartition("/")[2] in (*POWERFUL_POLICIES, "PowerUserAccess")):
        return
    left = "" if others else f", and the plan shows no other policy of the {kind}"
    yield _finding(
        resource,
        f"The policy {arn.rpartition('/')[2] or arn} is detached from the {kind} {name}{left}: what only this one "
        f"allowed is denied from then on. {_who(who)}",
        "policy_arn",
    )


def _is_new(item: Resource) -> bool:
    return item.action in (Action.CREATE, Action.REPLACE, Action.UPDATE)


def _of_identity(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What is gone from an identity's own policy, or from one that is attached to identities."""
    attribute = IDENTITY[resource.type]
    if resource.type == "aws_iam_policy" and resource.action is Action.DELETE:
        return  # those who had it lose their attachments, which are looked at
    identities = losses.identities_of(resource, plan)
    others = list(losses.other_policies(resource, plan))
    beside = sum((losses.readable(item) for item in others), Document())
    found = _loss(resource, attribute, beside)
    if found is None or (resource.action is Action.DELETE and losses.comes_later(plan)):
        return
    who = [
        item.address
        for kind, name in identities
        for item in losses.who_acts_as(kind, name, plan, losses.arn_of(kind, name, plan)).stay
    ]
    what = _identity(identities)
    if found.denied:
        yield _finding(
            resource,
            f"{what} is denied what was allowed so far, whatever else allows it: {listed(found.denied)}. {_who(who)}",
            attribute,
        )
    elif any(_is_new(item) and item.type in ATTACHMENTS for item in others):
        return  # what it allowed may be in the policy that is attached now
    elif found.everything and not others:
        if who or not any(admin(grant) for grant in found.grants):
            yield _finding(
                resource,
                f"{what} is no longer allowed anything by its policy, and the plan shows no other one: "
                f"{listed(found.grants)}. {_who(who)}",
                attribute,
            )
    elif who and (services := losses.services_lost(found, at(resource.after, attribute), beside)):
        yield _finding(
            resource,
            f"{what} is no longer allowed anything in {listed(services)}: {listed(found.grants)}. {_who(who)}",
            attribute,
        )


def _loss(resource: Resource, attribute: str, beside: Document) -> Loss | None:
    before, after = (losses.document(at(values, attribute)) for values in (resource.before, resource.after))
    return losses.loss(before, after + beside) if before is not None and after is not None else None


def _identity(identities: list[tuple[str, str]]) -> str:
    named = listed(f"the {kind} {name}" for kind, name in identities)
    return named[:1].upper() + named[1:] or "Whoever has this policy"


def _of_resource(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Services and roles of the plan that a resource's policy no longer names."""
    attribute = RESOURCE[resource.type]
    found = _loss(resource, attribute, Document())
    if found is None:
        return
    after = losses.document(at(resource.after, attribute)) or Document()
    gone = [grant for grant in found.grants if losses.is_known_caller(grant, plan) and not _still(grant, after)]
    if found.denied or gone:
        told = found.denied or gone
        yield _finding(
            resource,
            f"The resource's policy {'denies' if found.denied else 'no longer allows'} what it allowed so far: "
            f"{listed(told)}. What they deliver or read there fails from then on, often without a word.",
            attribute,
        )


def _trusted(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Services that may no longer be the role, while something of theirs goes on having it."""
    before, after = (losses.document(at(values, _TRUST)) for values in (resource.before, resource.after))
    if before is None or after is None:
        return
    gone = losses.services_trusted(before) - losses.services_trusted(after)
    name, arn = (str(at(resource.before, key) or "") for key in ("name", "arn"))
    acting = losses.who_acts_as("role", name, plan, arn).stay if gone else ()
    who = [item.address for item in acting if losses.RUN_BY.get(item.type) in gone]
    if who:
        yield _finding(
            resource,
            f"{listed(sorted(gone))} may no longer assume the role, and {listed(who)} still has it: it cannot "
            "start, or is denied everything.",
            _TRUST,
        )


def _still(grant: Grant, after: Document) -> bool:
    """True if one of those whom it named is allowed something all the same."""
    return any(grant.principal.patterns & statement.principals.patterns for statement in after.allows)


def _who(addresses: list[str]) -> str:
    if not addresses:
        return "The plan does not show who acts as it."
    return f"In this plan, {listed(addresses)} act{'s' if len(addresses) == 1 else ''} as it."


def _finding(resource: Resource, says: str, attribute: str) -> Finding:
    return Finding("", Severity.MEDIUM, resource.address, says, _ADVICE, (attribute,))


def _caller_goes(change: Change) -> bool:
    return gone_with(change.resource, change.plan, "source_arn")


_ROWS: tuple[Row, ...] = (
    Removed(
        _PERMISSION,
        "The function may no longer be invoked by {before}: what called it so far is refused.",
        "Check that nothing of it calls the function any more.",
        Severity.MEDIUM,
        joins=("function_name", "source_arn"),
        unless=_caller_goes,
        path="principal",
    ),
    Removed(
        "aws_kms_grant",
        "{before} may no longer use the key: what it has to decrypt or encrypt with it fails.",
        "Check that nothing of it uses the key any more.",
        Severity.MEDIUM,
        joins=("key_id", "grantee_principal"),
        path="grantee_principal",
    ),
    Reads(" ".join((*_ATTACHED, *_INLINE, *_OF_RESOURCES))),
    Reads(_ROLE, _TRUST),
)

_STAYS = same("aws_sns_topic.stays", {"name": "stays"})
_RUNS = same("aws_lambda_function.api", {"function_name": "api", "role": "arn:aws:iam::111122223333:role/app"})
_READS_DATA = allow("s3:GetObject", "arn:aws:s3:::data/*")


def _inline(*statements: object) -> dict[str, str]:
    return {"name": "p", "role": "app", "policy": document(*statements)}  # type: ignore[arg-type]


def _queue(*statements: object) -> dict[str, str]:
    return {"queue_url": "jobs", "policy": document(*statements)}  # type: ignore[arg-type]


def _role(service: str) -> dict[str, str]:
    statement = allow("sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"})
    return {"name": "app", "assume_role_policy": document(statement)}


_ATTACHMENT = {"role": "app", "policy_arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
_BY_SNS = allow("sqs:SendMessage", "*", Principal={"Service": "sns.amazonaws.com"})

RULE = Rule(
    "access-removed",
    Severity.MEDIUM,
    "Something that stays is no longer allowed what it was",
    "An application that is denied what it relies on fails, and no plan shows what it relies on.",
    looks=_looks,
    watches=_ROWS,
    fix=_ADVICE,
    examples=(
        Fires(
            "aws_iam_role_policy",
            _inline(_READS_DATA),
            _inline(deny("s3:GetObject", "arn:aws:s3:::data/*")),
            both_ways=False,
        ),
        Fires("aws_iam_role_policy", _inline(_READS_DATA), None, beside=(_STAYS,)),
        Fires("aws_iam_role_policy_attachment", _ATTACHMENT, None, beside=(_RUNS,)),
        Fires("aws_sqs_queue_policy", _queue(_BY_SNS), None, beside=(_STAYS,)),
        Fires(
            _PERMISSION,
            {"function_name": "api", "principal": "s3.amazonaws.com", "statement_id": "s3"},
            None,
            beside=(_STAYS,),
        ),
        Silent(
            "aws_iam_role_policy",
            _inline(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::data/*")),
            _inline(_READS_DATA),
            beside=(_RUNS,),
        ),
        Silent(
            "aws_iam_role_policy",
            _inline(_READS_DATA),
            None,
            beside=(_STAYS, Beside("aws_iam_role_policy.new", None, _inline(_READS_DATA))),
        ),
        Silent(
            "aws_iam_role_policy_attachment",
            _ATTACHMENT,
            None,
            beside=(_RUNS, Beside("aws_iam_role_policy.new", None, _inline(_READS_DATA))),
        ),
        Fires(_ROLE, _role("lambda"), _role("ec2"), beside=(_RUNS,)),
        Silent(_ROLE, _role("lambda"), _role("ec2"), beside=(_STAYS,)),
        Silent(
            "aws_sqs_queue_policy",
            _queue(_BY_SNS),
            _queue(_BY_SNS, deny("sqs:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
        ),
    ),
)
