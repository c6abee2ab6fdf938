"""Listener rules around a deploy, decided on plain data: which lead to the standby, which to the version to be proven.

Terraform's rules have priorities from 1000 to 47999 (orchestrator/project/routing.py). What a deploy adds for its
own time lies around them: first the rules that only a secret header matches, then the standby's paths, and the
standby's catch-all behind everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.project.routing import ROOT_PATH, listener_priority

if TYPE_CHECKING:
    from orchestrator.review.model import Plan

PROOF_HEADER = "X-Storyizer-Proof"
STANDBY_HEADER = "X-Storyizer-Standby"
_PROOF = range(1, 300)
_ANCHOR = range(300, 400)
_PATHS = range(400, 1000)
_LAST = range(48_000, 50_001)

# What is of the service itself: a change of it moves the tasks or the way to them.
_OF_SERVICE = ("aws_ecs_task_definition", "aws_ecs_service")
_GROUP, _RULE = "aws_lb_target_group", "aws_lb_listener_rule"
# Without these nothing can be held: they go, and everything with them.
_GROUND = frozenset({"aws_ecs_cluster", "aws_lb", "aws_lb_listener", "aws_subnet", "aws_vpc"})


@dataclass(frozen=True)
class Rule:
    """A listener rule to be made: requests that meet all conditions go to the target group."""

    priority: int
    conditions: tuple[Mapping[str, Any], ...]
    group: str


def moved(plan: Plan, serving: Mapping[str, Collection[str]]) -> set[str]:
    """The services of which the plan moves the tasks or the ways to them; `serving` has each one's paths as served.

    Empty where the plan takes the load balancer or the cluster away, or makes them anew: nothing can be held then.
    """
    from orchestrator.review.model import Action

    touched = [item for item in plan.changed if item.action not in (Action.NO_OP, Action.READ)]
    if any(item.type in _GROUND and item.destroyed for item in touched):
        return set()
    found: set[str] = set()
    for name, paths in serving.items():
        inside = f'module.service["{name}"].'
        for item in touched:
            own = item.type in _OF_SERVICE and item.address.startswith(inside)
            group = item.type == _GROUP and str(item.index).partition(":")[0] == name
            rule = item.type == _RULE and item.index in paths and item.action is not Action.CREATE
            if own or group or rule:
                found.add(name)
    return found


def with_those_below(names: Collection[str], serving: Mapping[str, Collection[str]]) -> set[str]:
    """These services and those with a path below one of theirs: a standby's rules stand before all of Terraform's.

    Without a standby of their own their requests would reach the standby of the service with the path above.
    """
    above = [f"{path}/" for name in names for path in serving.get(name, ()) if path != ROOT_PATH]
    return {*names, *(name for name, paths in serving.items() if any(path.startswith(tuple(above)) for path in paths))}


def anchor(group: str, token: str, taken: Collection[int]) -> Rule:
    """The rule that ties a target group to the listener, which ECS wants first, and that no request meets."""
    return Rule(_free(_ANCHOR, taken), (_header(STANDBY_HEADER, token),), group)


def overrides(rules: Sequence[Mapping[str, Any]], standbys: Mapping[str, str]) -> list[Rule]:
    """For each of a listener's rules that leads to a target group with a standby's one before it that leads to that.

    It has the same conditions. `rules` are as `DescribeRules` tells them, `standbys` is target group => standby's. The
    rules keep their order among each other, whichever group they lead to, for a path may be below another one's path.
    The default action's comes last, behind every rule of Terraform's.
    """
    taken = set(_priorities(rules))
    # What an earlier run has left, by the order that its paths ask for.
    placed = [(_order(rule), number) for rule in rules if (number := _priority(rule)) in _PATHS and number is not None]
    ways = sorted((_order(rule), index) for index, rule in enumerate(rules) if groups_of(rule) & standbys.keys())
    made = []
    for left, (order, index) in zip(range(len(ways), 0, -1), ways, strict=True):
        rule = rules[index]
        standby = next(standbys[group] for group in sorted(groups_of(rule)) if group in standbys)
        if rule.get("IsDefault"):
            made.append(Rule(_free(_LAST, taken), (_paths("/*"),), standby))
            continue
        number = _between(placed, order, left, taken)
        placed.append((order, number))
        taken.add(number)
        made.append(Rule(number, tuple(_given(condition) for condition in rule.get("Conditions", [])), standby))
    return made


def _between(placed: Sequence[tuple[int, int]], order: int, left: int, taken: Collection[int]) -> int:
    """A number among those that are placed already, with room for the rules that are `left`, this one among them."""
    low = max((number for other, number in placed if other <= order), default=_PATHS.start - 1)
    high = min((number for other, number in placed if other > order and number > low), default=_PATHS.stop)
    wanted = low + max(1, (high - low) // (left + 1))
    behind = (number for number in range(wanted, _PATHS.stop) if number not in taken)
    return next(behind, None) or _free(_PATHS, taken)


def _order(rule: Mapping[str, Any]) -> int:
    """Where a rule stands among Terraform's: by its priority, or by its paths if it is none of them."""
    number = _priority(rule)
    if number is None:
        return _LAST.start
    return number if number not in _PATHS else min(map(listener_priority, _paths_in(rule)), default=number)


def proofs(ways: Iterable[tuple[Sequence[str], str]], token: str, taken: Iterable[int]) -> list[Rule]:
    """The rules by which whoever sends the header sees the new version whole: for each target group with its paths."""
    used, made = set(taken), []
    each = [(path, group) for paths, group in ways for path in paths]
    for path, group in sorted(each, key=lambda way: (way[0] == ROOT_PATH, -len(way[0]), way[0])):
        patterns = ("/*",) if path == ROOT_PATH else (path, f"{path}/*")
        rule = Rule(_free(_PROOF, used), (_header(PROOF_HEADER, token), _paths(*patterns)), group)
        used.add(rule.priority)
        made.append(rule)
    return made


def is_override(rule: Mapping[str, Any], standbys: Collection[str]) -> bool:
    """True for a rule by which people's requests reach a standby."""
    return bool(groups_of(rule) & set(standbys)) and not _headers(rule)


def in_order_of_removal(rules: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules that can be deleted, the one that is met last first.

    They go one by one. Were the rule of `/a/b` gone before the one of `/a`, requests for `/a/b` would meet the latter,
    which stands before all of Terraform's, and reach another port or service.
    """
    numbered = [(number, rule) for rule in rules if (number := _priority(rule)) is not None]
    return [rule for _, rule in sorted(numbered, key=lambda each: -each[0])]


def header_names(rule: Mapping[str, Any]) -> set[str]:
    """The headers of ours, in lower case, that a rule asks for."""
    return _headers(rule)


def groups_of(rule: Mapping[str, Any]) -> set[str]:
    """The target groups that a rule leads to."""
    found = set()
    for action in rule.get("Actions", []):
        if action.get("TargetGroupArn"):
            found.add(str(action["TargetGroupArn"]))
        for item in (action.get("ForwardConfig") or {}).get("TargetGroups", []):
            found.add(str(item["TargetGroupArn"]))
    return found


def paths_of(rules: Iterable[Mapping[str, Any]], group: str) -> set[str]:
    """The paths that lead to a target group, as manifests write them."""
    found = set()
    for rule in rules:
        if group in groups_of(rule):
            if rule.get("IsDefault"):
                found.add(ROOT_PATH)
            found |= _paths_in(rule)
    return found


def _paths_in(rule: Mapping[str, Any]) -> set[str]:
    found = set()
    for condition in rule.get("Conditions", []):
        values = (condition.get("PathPatternConfig") or {}).get("Values") or condition.get("Values") or []
        found |= {str(value) for value in values if not str(value).endswith("/*")}
    return found


def _free(among: range, taken: Collection[int]) -> int:
    return next(number for number in among if number not in taken)


def _priorities(rules: Iterable[Mapping[str, Any]]) -> list[int]:
    return [number for rule in rules if (number := _priority(rule)) is not None]


def priorities(rules: Iterable[Mapping[str, Any]]) -> set[int]:
    """The priorities that a listener's rules have."""
    return set(_priorities(rules))


def _priority(rule: Mapping[str, Any]) -> int | None:
    told = str(rule.get("Priority", ""))
    return int(told) if told.isdigit() else None


def _header(name: str, value: str) -> dict[str, Any]:
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}


def _paths(*patterns: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(patterns)}}


def _headers(rule: Mapping[str, Any]) -> set[str]:
    return {
        str((condition.get("HttpHeaderConfig") or {}).get("HttpHeaderName", "")).lower()
        for condition in rule.get("Conditions", [])
        if condition.get("Field") == "http-header"
    } & {PROOF_HEADER.lower(), STANDBY_HEADER.lower()}


def _given(condition: Mapping[str, Any]) -> dict[str, Any]:
    """A condition as `CreateRule` takes it: what `DescribeRules` tells has the values in two places."""
    detailed = any(key.endswith("Config") for key in condition)
    return {key: value for key, value in condition.items() if key != "Values" or not detailed}
