"""Whether policies allow an action on a resource in a context: as much of IAM's evaluation as the pipeline's need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestrator.review.iam.patterns import covers

Context = Mapping[str, str]


def texts(value: str | Sequence[str]) -> list[str]:
    """A text of a policy, or several of them, as a list."""
    return [value] if isinstance(value, str) else list(value)


def allowed(statements: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context) -> bool:
    """True if one of the statements, all of effect Allow, allows it. A wildcard in `resource` means every one."""
    for statement in statements:
        assert statement["Effect"] == "Allow"
        if (
            any(covers(known.lower(), action.lower()) for known in texts(statement["Action"]))
            and any(covers(known, resource) for known in texts(statement["Resource"]))
            and all(_holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())
        ):
            return True
    return False


def _holds(operator: str, keys: Mapping[str, Any], context: Context) -> bool:
    for key, wanted in keys.items():
        if operator == "Null":
            if (key not in context) != (wanted == "true"):
                return False
            continue
        assert operator in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"), operator
        value = context.get(key)
        if value is None or not any(
            covers(known, value) if operator != "StringEquals" else known == value for known in texts(wanted)
        ):
            return False
    return True
