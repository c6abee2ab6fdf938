"""How much of a plan is judged: which of its changes the rules know, which are harmless, which nobody can tell."""

from __future__ import annotations

from collections import defaultdict

from orchestrator.review.deploys import is_only_a_deploy
from orchestrator.review.model import Action, Coverage, Plan, Resource
from orchestrator.review.rules.facts.clouds.kubernetes import manifests
from orchestrator.review.rules.facts.unknown import known
from orchestrator.review.rules.facts.unknown.known import Standing

# What says something of a resource to people and to bills, and does nothing.
_WORDS = frozenset((
    "comment", "description", "display_name", "effective_labels", "labels", "notes", "tags", "tags_all",
    "terraform_labels",
))  # fmt: skip


def coverage(plan: Plan) -> Coverage:
    """The plan's changes by how they are dealt with. What was changed outside of Terraform is none of them."""
    # A manifest is known as what it stands for, and named as what it is.
    standings = list(zip(plan.changed, map(standing, manifests.by_kind(plan).changed), strict=True))
    unknown: dict[str, list[str]] = defaultdict(list)
    for item, it in standings:
        if it is Standing.UNKNOWN:
            unknown[item.type].append(item.address)
    most = sorted(unknown.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return Coverage(
        judged=sum(it is Standing.JUDGED for _, it in standings),
        harmless=sum(it is Standing.HARMLESS for _, it in standings),
        unknown=tuple((type_, tuple(addresses)) for type_, addresses in most),
    )


def standing(resource: Resource) -> Standing:
    """How one change is dealt with."""
    if is_only_a_deploy(resource):
        return Standing.JUDGED
    match resource.action:
        case Action.CREATE:
            return known.created(resource.type)
        case Action.UPDATE:
            return Standing.HARMLESS if _only_words(resource) else known.updated(resource.type)
        case Action.REPLACE:
            return known.both(known.destroyed(resource.type), known.created(resource.type))
        case Action.DELETE:
            return known.destroyed(resource.type)
    # It is moved, imported, forgotten or read, and stays what it is.
    return Standing.HARMLESS


def _only_words(resource: Resource) -> bool:
    """True if nothing changes but tags and descriptions, and what follows from something else."""
    paths = [item.path for item in resource.differences if not item.noise]
    if not paths:
        return bool(resource.differences) or resource.before == resource.after
    return all(path and path[0] in _WORDS for path in paths)


def in_words(found: Coverage, most: int = 3) -> str:
    """What is not known, as the end of a sentence: `2 of acme_thing, 1 of acme_other`."""
    said = [f"{len(addresses):,} of {type_}" for type_, addresses in found.unknown[:most]]
    more = sum(len(addresses) for _, addresses in found.unknown[most:])
    return ", ".join([*said, *([f"{more:,} of other types"] if more else [])])
