"""What is lost: data, addresses and running services that a plan destroys or replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestrator.review.deploys import is_only_a_deploy
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import interruptions, parts
from orchestrator.review.rules.facts import deletion_terms, holders
from orchestrator.review.rules.facts.replacements import follows, new_one
from orchestrator.review.rules.facts.tables.holder import Holder, Kind
from orchestrator.review.rules.kit.reasons import BLOCK_GONE, because, name_of
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule

_LOST = "Lost for good"
_NEW_FIRST = "`create_before_destroy`"


def _looks(kind: Kind, action: Action, rule: str) -> Callable[[Resource, Plan], Iterator[Finding]]:
    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        if resource.action is not action:
            return
        holder = _holder(resource)
        if holder is None or holder.kind is not kind or is_only_a_deploy(resource):
            return
        if kind is Kind.ADDRESS and action is Action.REPLACE and follows(resource, plan, holder):
            return
        # A route that is made anew has its place again; who takes everything down need not be told of each.
        minor = Severity.CRITICAL if plan.destroys_all else Severity.HIGH if action is Action.REPLACE else Severity.LOW
        if kind is Kind.DATA or holder.severity >= minor:
            yield (
                _destroyed(rule, resource, plan, holder)
                if action is Action.DELETE
                else _replaced(rule, resource, plan, holder)
            )

    return looks


def _holder(resource: Resource) -> Holder | None:
    """What this very object holds: less than its type, if it is a copy or is not really destroyed."""
    holder = holders.holder_of(resource.type)
    if holder is not None and holder.kind is Kind.DATA:
        if deletion_terms.is_left(resource):
            return replace(holder, severity=Severity.LOW)
        if deletion_terms.is_copy(resource):
            return replace(holder, loses="this copy. What is in it stays in its source", severity=Severity.HIGH)
    return holder


def _destroyed(rule: str, resource: Resource, plan: Plan, holder: Holder) -> Finding:
    elsewhere = new_address(resource, plan)
    gone = resource.action_reason in BLOCK_GONE
    told = [
        f"The {name_of(resource, holder.noun)} is destroyed{because(resource, plan)}"
        + (", and with the block any prevent_destroy." if gone and holder.kind is Kind.DATA else "."),
        _loss(resource, holder),
        *deletion_terms.sentences(resource),
    ]
    if elsewhere:
        told.append(f"The plan creates the same anew as {elsewhere}: this looks like a rename.")
        advice = (
            f"If it is a rename, add a `moved` block (from = {resource.address}, to = {elsewhere}) and plan again: "
            "nothing is destroyed then."
        )
    else:
        advice = _advice(holder, "If it shall stay, restore its block. " if gone else "", _keep(resource, plan))
    severity = Severity.MEDIUM if resource.deposed else holder.severity
    return Finding(rule, severity, resource.address, _sentences(told, holder, resource), advice)


def _keep(resource: Resource, plan: Plan) -> str:
    # A `removed` block takes whole resources, no instances, and does nothing in `terraform destroy`.
    if plan.destroys_all or resource.index is not None or "[" in resource.module:
        return f"To keep the object, let Terraform forget it first: `terraform state rm '{resource.address}'`"
    return (
        f"To keep the object and let Terraform forget it, put a `removed` block (from = {resource.address}, with "
        "`destroy = false` in its lifecycle block; Terraform 1.7 and later) in place of its own"
    )


def _replaced(rule: str, resource: Resource, plan: Plan, holder: Holder) -> Finding:
    first = "the new one is made first" if resource.create_before_destroy else "the old one is destroyed first"
    told = [
        f"The {name_of(resource, holder.noun)} is destroyed and made anew{because(resource, plan)} ({first}).",
        _loss(resource, holder) + new_one(resource, holder),
        *deletion_terms.sentences(resource),
    ]
    if holder.kind is Kind.DATA:
        own = "Undo the change that forces the replacement, or make a new one beside it and move the data over"
        advice = _advice(holder, "", own)
    elif resource.create_before_destroy:
        asked = "" if _NEW_FIRST in holder.advice else holder.advice  # it is done already
        advice = _advice(
            replace(holder, advice=asked), "", "Check that everything that refers to it moves over in this same plan"
        )
    elif _NEW_FIRST in holder.advice:
        advice = f"{holder.advice}."
    else:
        advice = _advice(holder, "", f"{_NEW_FIRST} in its lifecycle block avoids the gap where the names allow two")
    path = resource.replace_paths[0] if resource.replace_paths else ()
    severity = holder.severity
    if holder.kind is not Kind.DATA and resource.create_before_destroy and severity < Severity.CRITICAL:
        severity = Severity(severity - 1)
    before, after = deletion_terms.values(resource, path)
    return Finding(rule, severity, resource.address, _sentences(told, holder, resource), advice, path, before, after)


def _loss(resource: Resource, holder: Holder) -> str:
    if deletion_terms.is_left(resource):
        return "Nothing is lost."
    if holder.kind is Kind.SERVICE:
        return f"{holder.loses[0].upper()}{holder.loses[1:]}."
    loses = holder.loses
    if holder.kind is Kind.ADDRESS and resource.created and resource.create_before_destroy:
        # The new one is there by then: what comes after the first sentence tells of the gap.
        loses = loses.partition(". ")[0]
    return f"{_lost(holder)}: {loses}."


def _lost(holder: Holder) -> str:
    return _LOST if holder.severity is Severity.CRITICAL else "Lost"


def _sentences(told: list[str], holder: Holder, resource: Resource) -> str:
    if holder.guessed:
        told.append(f"The type {resource.type} is not known here and is judged by its name.")
    return " ".join(told)


def _advice(holder: Holder, first: str, last: str) -> str:
    middle = f"{holder.advice}. " if holder.advice else ""
    return f"{first}{middle}{last}."


def _service_goes(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A service that is destroyed, replaced with a gap, or stopped for a while."""
    yield from interruptions.interrupted(resource, plan)
    holder = holders.holder_of(resource.type)
    if holder is None or holder.kind is not Kind.SERVICE or is_only_a_deploy(resource):
        return
    if resource.action is Action.REPLACE:
        yield _replaced("service-interrupted", resource, plan, holder)
    elif resource.action is Action.DELETE and not plan.destroys_all:
        yield _destroyed("service-interrupted", resource, plan, holder)


def _unknown_type(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not resource.destroyed or holders.holder_of(resource.type) is not None or is_only_a_deploy(resource):
        return
    what = "destroyed" if resource.action is Action.DELETE else "destroyed and made anew"
    elsewhere = new_address(resource, plan)
    yield Finding(
        "resource-destroyed",
        Severity.MEDIUM,
        resource.address,
        f"It is {what}{because(resource, plan)}. The type {resource.type} is not known here: "
        "whether it holds data or an address cannot be told.",
        f"If it is a rename, add a `moved` block (from = {resource.address}, to = {elsewhere}) and plan again."
        if elsewhere
        else "Look up what goes with it before this is applied.",
    )


def _forgotten(resource: Resource, plan: Plan) -> Iterator[Finding]:
    holder = holders.holder_of(resource.type)
    # Replaced with `destroy = false`: Terraform forgets the old one and creates another.
    anew = resource.action is Action.CREATE and resource.before is not None
    if holder is None or holder.kind is not Kind.DATA or not (anew or resource.action is Action.FORGET):
        return
    yield Finding(
        "data-forgotten",
        Severity.MEDIUM if anew else Severity.LOW,
        resource.address,
        f"Terraform forgets the {name_of(resource, holder.noun)} and leaves the object as it is: nothing is lost, "
        "but nobody manages it from now on, and it goes on costing money."
        + (" The one that is made in its place is empty." if anew else ""),
        "Note who owns it now, or import it where it shall be managed.",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "data-destroyed",
        Severity.CRITICAL,
        "Data is destroyed",
        "What was put into a table, bucket, volume or key cannot be made again from the configuration.",
        _looks(Kind.DATA, Action.DELETE, "data-destroyed"),
    ),
    Rule(
        "data-replaced",
        Severity.CRITICAL,
        "Data is lost in a replacement",
        "A replacement destroys the object with all that is in it, and makes an empty one.",
        _looks(Kind.DATA, Action.REPLACE, "data-replaced"),
    ),
    Rule(
        "data-forgotten",
        Severity.LOW,
        "Terraform lets go of data",
        "The object stays, but no configuration describes it any more.",
        _forgotten,
    ),
    Rule(
        "address-destroyed",
        Severity.CRITICAL,
        "An address or identity is destroyed",
        "AWS gives names and addresses anew each time: whoever uses the old one does not find the new one.",
        _looks(Kind.ADDRESS, Action.DELETE, "address-destroyed"),
    ),
    Rule(
        "address-replaced",
        Severity.CRITICAL,
        "An address or identity changes",
        "AWS gives names and addresses anew each time: whoever uses the old one does not find the new one.",
        _looks(Kind.ADDRESS, Action.REPLACE, "address-replaced"),
    ),
    Rule(
        "service-interrupted",
        Severity.HIGH,
        "A running service is interrupted",
        "While it is away, or for good, what it does is not done.",
        _service_goes,
    ),
    Rule(
        "resource-destroyed",
        Severity.MEDIUM,
        "Something of an unknown type is destroyed",
        "It may hold data: nobody has told this review what the type is.",
        _unknown_type,
    ),
    *parts.RULES,
)
