"""The values of a resource with the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.reading.json_text import DEPTH, decoded
from orchestrator.review.rules.facts.unknown import known
from orchestrator.review.rules.facts.unknown.known import Standing
from orchestrator.review.rules.kit.attributes import switch
from orchestrator.review.rules.kit.per_plan import per_resource
from orchestrator.review.values import AttributePath

_DECIDES = frozenset((
    "access", "action", "actions", "decision", "default_action", "effect", "permission", "policy", "rule_action",
    "target", "verdict",
))  # fmt: skip
_DENIES = ("block", "deny", "denied", "disallow", "drop", "forbid", "refuse", "reject")
_ALLOWS = ("accept", "allow", "grant", "pass", "permit")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value, where it is, and the blocks that it is in, the outermost first."""

    path: AttributePath
    value: Any
    blocks: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The path without the places in lists."""
        return tuple(part for part in self.path if isinstance(part, str))

    @property
    def name(self) -> str:
        """The attribute's own name."""
        return self.names[-1] if self.names else ""

    @property
    def words(self) -> frozenset[str]:
        """All words in its path."""
        return frozenset(word for name in self.names for word in words(name))

    @property
    def denied(self) -> bool:
        """True if a block that it is in refuses something, or is switched off: it lets nobody in."""
        return any(denies(block) or _is_off(block) for block in self.blocks)


@lru_cache(maxsize=4096)
def words(name: str) -> frozenset[str]:
    """The words of a name in small letters: `v4CidrBlocks` and `v4_cidr_blocks` have the same."""
    return frozenset(part.lower() for part in _PART.findall(name[:200]))


def is_unknown(resource: Resource) -> bool:
    """True if nothing is known of such a change of this type."""
    if resource.action is Action.UPDATE:
        return known.updated(resource.type) is Standing.UNKNOWN
    return resource.created and known.created(resource.type) is Standing.UNKNOWN


def judged_by_words(resource: Resource) -> str:
    """The sentence that says on what a finding is based."""
    return f"The type {resource.type} is unknown and was judged by its words."


@per_resource
def before(resource: Resource, plan: Plan) -> tuple[Leaf, ...]:
    """The values that are there."""
    return tuple(leaves(resource.before))


@per_resource
def after(resource: Resource, plan: Plan) -> tuple[Leaf, ...]:
    """The values that are to be there."""
    return tuple(leaves(resource.after))


def leaves(values: Any) -> Iterator[Leaf]:
    """Every single value in it, also in JSON strings."""
    waiting: list[tuple[AttributePath, Any, tuple[Mapping[str, Any], ...]]] = [((), values, ())]
    while waiting:
        path, value, blocks = waiting.pop()
        inner = decoded(value) if isinstance(value, str) and len(path) < DEPTH else value
        if isinstance(inner, Mapping):
            inside = (*blocks, inner)
            waiting += [((*path, str(key)), item, inside) for key, item in [*inner.items()][::-1]]
        elif isinstance(inner, list | tuple):
            waiting += [((*path, place), inner[place], blocks) for place in reversed(range(len(inner)))]
        elif inner is not None:
            yield Leaf(path, inner, blocks)


def denies(block: Mapping[str, Any]) -> bool:
    """True for a rule that refuses what it matches."""
    return any(key.lower() in _DECIDES and refuses(value) for key, value in block.items() if isinstance(key, str)) or (
        block.get("deny") is True
    )


def refuses(value: Any) -> bool:
    """True for a word like `Deny`."""
    return isinstance(value, str) and value.lower().startswith(_DENIES)


def lets(value: Any) -> bool:
    """True for a word like `Allow`."""
    return isinstance(value, str) and value.lower().startswith(_ALLOWS)


def _is_off(block: Mapping[str, Any]) -> bool:
    return switch(block.get("enabled")) is False or switch(block.get("disabled")) is True
