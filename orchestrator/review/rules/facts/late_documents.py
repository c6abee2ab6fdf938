"""Policy documents that are read in the apply: what is known of them before, from their data source's blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.iam import Document, parse
from orchestrator.review.model import Plan, Resource
from orchestrator.review.reading.configuration import without_keys
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.values import UNKNOWN, Sensitive, is_known

_LATER = repr(UNKNOWN)
"""Stands for one name that is known only after apply: an ARN of something that the plan makes."""


def late_document(resource: Resource, attribute: str, plan: Plan) -> Document | None:
    """What can be read of a policy that is known only after apply; None if it does not come from a data source.

    It is never complete: what is in other documents that it takes in, or cannot be judged, is left out.
    """
    name = dict(resource.documents).get(attribute)
    found = _sources(plan).get(name, []) if name else []
    if len(found) > 1:
        # Of `count` and `for_each`, the one with the same key in the same module is meant.
        found = [item for item in found if item.index == resource.index and item.module == resource.module]
    if len(found) != 1 or found[0].after is None:
        return None
    document = parse({"Statement": list(_statements(found[0].after))}) or Document()
    for text in _texts(found[0].after):
        document += parse(text) or Document()
    return Document(document.statements, complete=False)


@per_plan
def _sources(plan: Plan) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for item in plan.resources:
        if not item.managed and item.type == "aws_iam_policy_document":
            found[without_keys(item.address)].append(item)
    return found


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    for name in ("source_policy_documents", "override_policy_documents"):
        listed = values.get(name)
        yield from (text for text in listed if isinstance(text, str)) if isinstance(listed, list | tuple) else ()


def _statements(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    blocks = values.get("statement")
    for block in blocks if isinstance(blocks, list | tuple) else ():
        if isinstance(block, Mapping) and (made := _statement(block)) is not None:
            yield made


_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def _statement(block: Mapping[str, Any]) -> dict[str, Any] | None:
    """The block as a statement of a document; None if it is not known what it allows, or to whom."""
    made: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    for name, element in _LISTS.items():
        value = block.get(name)
        if name in ("actions", "not_actions") and not is_known(value):
            return None
        if value:
            made[element] = _later(value)
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        named = _principals(block.get(name))
        if named is None:
            return None
        if named:
            made[element] = named
    conditions = _conditions(block.get("condition"))
    if conditions is None or not is_known(made["Effect"]):
        return None
    return made | ({"Condition": conditions} if conditions else {})


def _later(value: Any) -> Any:
    """The value, with a name that nothing else has where it is not known yet."""
    if value is UNKNOWN or isinstance(value, Sensitive):
        return _LATER
    return [_later(item) for item in value] if isinstance(value, list | tuple) else value


def _principals(blocks: Any) -> dict[str, list[Any]] | str | None:
    found: dict[str, list[Any]] = {}
    for block in blocks if isinstance(blocks, list | tuple) else () if blocks is None else (None,):
        kind = block.get("type") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or not isinstance(kind, str):
            return None
        named = block.get("identifiers")
        if kind == "Federated" and not is_known(named):
            # Which provider it is decides what its conditions mean.
            return None
        listed = _later(named)
        found.setdefault(kind, []).extend(listed if isinstance(listed, list) else [listed])
    return "*" if "*" in found else found


def _conditions(blocks: Any) -> dict[str, dict[str, Any]] | None:
    found: dict[str, dict[str, Any]] = {}
    for block in blocks if isinstance(blocks, list | tuple) else () if blocks is None else (None,):
        if not isinstance(block, Mapping):
            return None
        test, key = block.get("test"), block.get("variable")
        if not isinstance(test, str) or not isinstance(key, str):
            return None
        found.setdefault(test, {})[key] = _later(block.get("values"))
    return found
