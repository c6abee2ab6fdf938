"""Who may take a role, and what a role may read: policies judged for one call. Decides only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.review.iam import document
from orchestrator.review.iam.document import Condition, Part, Statement
from orchestrator.review.iam.patterns import covers

ECS_TASKS = "service:ecs-tasks.amazonaws.com"
_ASSUME = "sts:assumerole"


def for_tasks(account: str, region: str, partition: str, cluster: str) -> dict[str, str]:
    """What is said of ECS when it takes a role for a task of the cluster; keys in small letters."""
    return {
        "aws:sourceaccount": account,
        "aws:sourcearn": f"arn:{partition}:ecs:{region}:{account}:task/{cluster}/0",
    }


def trusts(policy: Any, context: Mapping[str, str]) -> bool | str:
    """Whether ECS tasks may take a role with that trust policy, or the condition that cannot be judged."""
    answer: bool | str = _decided(
        policy, context, lambda item: _part(item.principals, ECS_TASKS) and _part(item.folded, _ASSUME)
    )
    return answer


def allows(policies: Iterable[Any], action: str, resource: str, context: Mapping[str, str]) -> bool | str:
    """Whether one of a role's policies allows the action, and none denies it, or the condition in doubt."""
    wanted, found = action.lower(), False
    doubt = ""
    for policy in policies:
        answer = _decided(
            policy, context, lambda item: _part(item.folded, wanted) and _part(item.resources, resource), denied=None
        )
        if answer is None:
            return False
        if isinstance(answer, str):
            doubt = answer
        found = found or answer is True
    return True if found else doubt or False


def _decided(policy: Any, context: Mapping[str, str], fits: Any, denied: Any = False) -> Any:
    read = document.parse(policy)
    if read is None or not read.complete:
        return "its policy cannot be read"
    allowed, doubt = False, ""
    for statement in (item for item in read.statements if fits(item)):
        holds = _holds(statement, context)
        if isinstance(holds, str):
            doubt = holds
        elif holds and not statement.allow:
            return denied
        elif holds:
            allowed = True
    return doubt if doubt and not allowed else allowed


def _part(part: Part, wanted: str) -> bool:
    return any(covers(pattern, wanted) for pattern in part.patterns) != part.negated


def _holds(statement: Statement, context: Mapping[str, str]) -> bool | str:
    """Whether all of its conditions hold; the first that cannot be judged, unless another does not hold."""
    answers = [_condition(item, context) for item in statement.conditions]
    if False in answers:
        return False
    return next((answer for answer in answers if isinstance(answer, str)), True)


def _condition(condition: Condition, context: Mapping[str, str]) -> bool | str:
    value = context.get(condition.key)
    if condition.operator == "null":
        return (value is None) == ("true" in condition.values)
    if value is None:
        return condition.if_exists or f"its condition {condition} is not judged here"
    negative = condition.operator.startswith(("stringnot", "arnnot"))
    match condition.operator.replace("not", "", 1):
        case "stringequals":
            hit = value in condition.values
        case "stringequalsignorecase":
            hit = value.lower() in {each.lower() for each in condition.values}
        case "stringlike" | "arnlike" | "arnequals":
            hit = any(covers(pattern, value) for pattern in condition.values)
        case _:
            return f"its condition {condition} is not judged here"
    return hit != negative
