"""What a plan destroys or replaces, and what is lost with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestrator.review import kept
from orchestrator.review.deploys import is_only_a_deploy
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts import deletion_terms, holders
from orchestrator.review.rules.facts.aws import forced_deletion
from orchestrator.review.rules.facts.replacements import follows, new_one
from orchestrator.review.rules.facts.tables.holder import Holder, Kind
from orchestrator.review.rules.kit.reasons import BLOCK_GONE, because_clause, name_of
from orchestrator.review.rules.kit.renames import new_address

_LOST = "Lost for good"
_NEW_FIRST = "`create_before_destroy`"


def lost(kind: Kind, action: Action, rule: str) -> Callable[[Resource, Plan], Iterator[Finding]]:
    """The code of a rule that tells of what is lost with a kind of resource, in one action."""

    def looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
        if resource.action is not action:
            return
        holder = _holder(resource)
        if holder is None or holder.kind is not kind or is_only_a_deploy(resource):
            return
        if kind is Kind.ADDRESS and action is Action.REPLACE and follows(resource, plan, holder):
            return
        # A route that is recreated has its place again; who destroys everything need not be told of each.
        minor = Severity.CRITICAL if plan.destroys_all else Severity.HIGH if action is Action.REPLACE else Severity.LOW
        if kind is Kind.DATA or holder.severity >= minor:
            yield (
                destroyed(rule, resource, plan, holder)
                if action is Action.DELETE
                else replaced(rule, resource, plan, holder)
            )

    return looks


def _holder(resource: Resource) -> Holder | None:
    """What this very object holds: less than its type, if it is a copy or is not really destroyed."""
    holder = holders.holder_of(resource.type)
    if holder is not None and holder.kind is Kind.DATA:
        if deletion_terms.is_left(resource):
            return replace(holder, severity=Severity.LOW)
        if deletion_terms.is_copy(resource):
            return replace(holder, loses="this copy. Its content stays in its source", severity=Severity.HIGH)
    return holder


def destroyed(rule: str, resource: Resource, plan: Plan, holder: Holder) -> Finding:
    """The finding that a resource is destroyed, with what is lost and what to do instead."""
    elsewhere = new_address(resource, plan)
    gone = resource.action_reason in BLOCK_GONE
    says = [
        f"The {name_of(resource, holder.noun)} is destroyed{because_clause(resource, plan)}"
        + (", and with the block any prevent_destroy." if gone and holder.kind is Kind.DATA else "."),
        _loss(resource, holder),
        *deletion_terms.sentences(resource),
    ]
    if elsewhere:
        says.append(f"The plan creates the same again as {elsewhere}: this looks like a rename.")
        advice = (
            f"If it is a rename, add a `moved` block (from = {resource.address}, to = {elsewhere}) and plan again: "
            "nothing is destroyed then."
        )
    else:
        advice = _advice(holder, _restored(resource), _keep(resource, plan))
    severity = Severity.MEDIUM if resource.deposed else holder.severity
    return Finding(rule, severity, resource.address, _sentences(says, holder, resource), advice)


def _restored(resource: Resource) -> str:
    if resource.action_reason not in BLOCK_GONE:
        return ""
    module = resource.action_reason == "delete_because_no_module"
    return f"If it should stay, restore its {'module' if module else 'block'}. "


def _keep(resource: Resource, plan: Plan) -> str:
    # A `removed` block takes whole resources, no instances, and does nothing in `terraform destroy`.
    if plan.destroys_all or resource.index is not None or "[" in resource.module:
        return f"To keep the object, have Terraform forget it first: `terraform state rm '{resource.address}'`"
    return (
        f"To keep the object and have Terraform forget it, put a `removed` block (from = {resource.address}, with "
        "`destroy = false` in its lifecycle block; Terraform 1.7 and later) in place of its own"
    )


def replaced(rule: str, resource: Resource, plan: Plan, holder: Holder) -> Finding:
    """The finding that a resource is replaced, with what is lost and what to do instead."""
    first = "the new one is created first" if resource.create_before_destroy else "the old one is destroyed first"
    says = [
        f"The {name_of(resource, holder.noun)} is destroyed and recreated{because_clause(resource, plan)} ({first}).",
        (_loss(resource, holder) + new_one(resource, holder)).strip(),
        *deletion_terms.sentences(resource),
    ]
    if kept.is_only_marked(resource):
        own = f"If it is to stay as it is, take the mark away: `terraform untaint '{resource.address}'`"
        advice = _advice(replace(holder, advice=""), "", own)
    elif holder.kind is Kind.DATA:
        own = "Undo the change that forces the replacement, or create a new one beside it and move the data over"
        advice = _advice(holder, "", own)
    elif resource.create_before_destroy:
        asked = "" if _NEW_FIRST in holder.advice else holder.advice  # it is done already
        advice = _advice(
            replace(holder, advice=asked), "", "Check that everything that refers to it moves over in this plan"
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
    return Finding(rule, severity, resource.address, _sentences(says, holder, resource), advice, path, before, after)


def _loss(resource: Resource, holder: Holder) -> str:
    if deletion_terms.is_left(resource):
        return "Nothing is lost."
    if holder.kind is Kind.DATA and forced_deletion.is_refused_unless_empty(resource):
        return ""  # the sentence about forced deletion says what becomes of what is in it
    if holder.kind is Kind.SERVICE:
        return f"{holder.loses[0].upper()}{holder.loses[1:]}."
    loses = holder.loses
    if holder.kind is Kind.ADDRESS and resource.created and resource.create_before_destroy:
        # The new one is there by then: what comes after the first sentence tells of the gap.
        loses = loses.partition(". ")[0]
    return f"{_lost(resource, holder)}: {loses}."


def _lost(resource: Resource, holder: Holder) -> str:
    for_good = holder.severity is Severity.CRITICAL and not deletion_terms.has_way_back(resource)
    return _LOST if for_good else "Lost"


def _sentences(says: list[str], holder: Holder, resource: Resource) -> str:
    if holder.guessed:
        says.append(f"The type {resource.type} is unknown and was judged by its name.")
    return " ".join(filter(None, says))


def _advice(holder: Holder, first: str, last: str) -> str:
    middle = f"{holder.advice}. " if holder.advice else ""
    return f"{first}{middle}{last}."
