"""Policy documents of other clouds that are written as those of AWS: statements with effect, actions, resources.

Object stores and RAM of Alibaba Cloud, Spaces of DigitalOcean and Object Storage of Yandex Cloud have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.reading.json_text import decoded
from orchestrator.review.rules.kit.attributes import at, hidden
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import Judged

Statement = tuple[frozenset[str], frozenset[str], bool]
"""What is allowed, on what, and whether everybody may without a condition."""


def open_to_all(types: str, attribute: str) -> Judged:
    """A row for policies of objects that let everybody in."""

    def judge(resource: Resource, plan: Plan) -> Iterator[Finding]:
        old = {item for item in statements(at(resource.before, attribute)) if item[2]}
        new = [item for item in statements(at(resource.after, attribute)) if item[2] and item not in old]
        if new:
            actions = listed(sorted({action for item in new for action in item[0]}))
            says = f"Open to everybody, without an account: {actions}."
            advice = "Name the accounts that need it, or add a condition that says who or from where."
            yield Finding("", Severity.CRITICAL, resource.address, says, advice, (attribute,))

    return Judged(types, attribute, judge)


def allows_everything(types: str, *attributes: str) -> Judged:
    """A row for policies of identities that allow every action on everything."""

    def judge(resource: Resource, plan: Plan) -> Iterator[Finding]:
        for attribute in attributes:
            old, new = (_whole(at(side, attribute)) for side in (resource.before, resource.after))
            if new and not old:
                says = "The policy allows every action on every resource: whoever holds it controls the account."
                advice = "Grant only the actions that are used, on the resources that they are used on."
                yield Finding("", Severity.CRITICAL, resource.address, says, advice, (attribute,))

    return Judged(types, " ".join(attributes), judge)


def _whole(value: Any) -> bool:
    return any(actions & {"*", "*:*"} and "*" in resources for actions, resources, _ in statements(value))


def statements(value: Any) -> list[Statement]:
    """What a document allows. Nothing where it cannot be read."""
    document = None if hidden(value) else decoded(value)
    found = document.get("Statement") if isinstance(document, Mapping) else None
    return [
        (_texts(item.get("Action")), _texts(item.get("Resource")), _everybody(item))
        for item in (found if isinstance(found, list) else [found])
        if isinstance(item, Mapping) and item.get("Effect") == "Allow"
    ]


def _everybody(item: Mapping[str, Any]) -> bool:
    principal = item.get("Principal")
    named = [principal] if not isinstance(principal, Mapping) else list(principal.values())
    names = {
        name for value in named for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)
    }
    return "*" in names and not item.get("Condition")


def _texts(value: Any) -> frozenset[str]:
    return frozenset(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
