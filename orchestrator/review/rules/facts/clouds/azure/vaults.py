"""Access policies of Azure's key vaults: who may do what with keys, secrets and certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import blocks, hidden, items
from orchestrator.review.rules.kit.listing import listed

VAULT = "azurerm_key_vault"
POLICY = "azurerm_key_vault_access_policy"
TYPES = (VAULT, POLICY)
_KINDS = ("key", "secret", "certificate", "storage")
_FOR_GOOD = ("purge",)
_READS = ("get", "list", "getissuers", "listissuers", "getsas", "listsas", "getrotationpolicy")

_Right = tuple[str, str, str]
"""Who, the kind of thing, and what may be done with it."""


def widened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What is allowed and was not; of something new, only what cannot be undone."""
    name = "access_policy" if resource.type == VAULT else ""
    if resource.after is None or (name and hidden(resource.after.get(name))):
        return
    fresh = resource.before is None
    new = _rights(resource.after, name) - _rights(resource.before, name)
    if fresh:
        new = {right for right in new if right[2] in _FOR_GOOD}
    if not new:
        return
    reads = all(what in _READS for _, _, what in new)
    says = listed(
        f"{', '.join(sorted(what for who, kind, what in new if (who, kind) == one))} of {one[1]}s by {one[0]}"
        for one in sorted({(who, kind) for who, kind, _ in new})
    )
    yield Finding(
        "",
        Severity.LOW if reads or fresh else Severity.MEDIUM,
        resource.address,
        f"{'The policy allows' if fresh else 'Newly allowed:'} {says}."
        + (" What is purged cannot be restored." if any(what in _FOR_GOOD for _, _, what in new) else ""),
        "Allow only what is used; an application that reads secrets needs Get alone.",
        (name or f"{sorted(new)[0][1]}_permissions",),
    )


def _rights(values: Mapping[str, Any] | None, name: str) -> set[_Right]:
    if values is None:
        return set()
    return {
        (who, kind, what.lower())
        for block in (blocks(values, name) if name else [values])
        if isinstance(who := block.get("object_id"), str)
        for kind in _KINDS
        for what in items(block, f"{kind}_permissions")
        if isinstance(what, str)
    }
