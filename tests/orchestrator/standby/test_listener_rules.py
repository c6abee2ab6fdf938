"""Which services a plan moves, and the listener rules around a deploy."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest

from orchestrator.project import manifest
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.standby.listener_rules import (
    PROOF_HEADER,
    STANDBY_HEADER,
    Rule,
    anchor,
    in_order_of_removal,
    is_override,
    moved,
    overrides,
    paths_of,
    priorities,
    proofs,
    with_those_below,
)

WORDS, SAVE, WEBSITE, STANDBY = "arn:group/words", "arn:group/save", "arn:group/website", "arn:group/standby"
SERVING = {"words": {"/api/words"}, "save": {"/api/stories"}, "website": {"/"}}


def rule(priority: int | str, group: str, *patterns: str) -> dict[str, Any]:
    """A rule as DescribeRules tells it: the values stand in two places."""
    conditions = [{"Field": "path-pattern", "Values": list(patterns), "PathPatternConfig": {"Values": list(patterns)}}]
    return {
        "Priority": str(priority), "IsDefault": priority == "default",
        "Conditions": conditions if patterns else [],
        "Actions": [{"Type": "forward", "TargetGroupArn": group}],
    }  # fmt: skip


LISTENER = [
    rule("default", WEBSITE),
    rule(39145, WORDS, "/api/words", "/api/words/*"),
    rule(37249, SAVE, "/api/stories", "/api/stories/*"),
]


def change(kind: str, address: str, action: Action = Action.UPDATE, index: str | None = None) -> Resource:
    return Resource(address, "", kind, "this", "aws", action, {}, {}, index=index)


def of_service(kind: str, name: str, action: Action = Action.UPDATE) -> Resource:
    return change(kind, f'module.service["{name}"].{kind}.this', action)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], set()),
        ([of_service("aws_ecs_task_definition", "words", Action.REPLACE)], {"words"}),
        ([of_service("aws_ecs_service", "save")], {"save"}),
        ([change("aws_lb_target_group", "group", index="words")], {"words"}),
        # The target group of a further port.
        ([change("aws_lb_target_group", "group", index="words:9000")], {"words"}),
        ([change("aws_lb_listener_rule", "r", Action.DELETE, index="/api/words")], {"words"}),
        ([change("aws_lb_listener_rule", "r", Action.UPDATE, index="/api/stories")], {"save"}),
        # A path that is new takes nothing away from anybody.
        ([change("aws_lb_listener_rule", "r", Action.CREATE, index="/api/new")], set()),
        # What tasks share is not theirs to be moved by.
        ([change("aws_dynamodb_table", "module.table.aws_dynamodb_table.this")], set()),
        ([of_service("aws_cloudwatch_log_group", "words")], set()),
        ([of_service("aws_ecs_service", "a-new-one", Action.CREATE)], set()),
        ([of_service("aws_ecs_service", "words", Action.NO_OP)], set()),
        # Nothing can be held on a load balancer or in a cluster that goes.
        ([of_service("aws_ecs_service", "words"), change("aws_lb", "lb", Action.REPLACE)], set()),
        ([of_service("aws_ecs_service", "words"), change("aws_ecs_cluster", "c", Action.DELETE)], set()),
        ([of_service("aws_ecs_service", "words"), change("aws_lb", "l", Action.UPDATE)], {"words"}),
    ],
)  # fmt: skip
def test_what_a_plan_moves(changes: list[Resource], expected: set[str]) -> None:
    assert moved(Plan(resources=tuple(changes)), SERVING) == expected


def test_each_rule_of_a_group_is_overridden_with_its_own_conditions() -> None:
    (made,) = overrides(LISTENER, {WORDS: STANDBY})
    assert made.group == STANDBY
    assert made.conditions == (
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/words", "/api/words/*"]}},
    )
    assert made.priority < 1000, "before every rule of Terraform's"


def test_the_default_action_is_overridden_behind_every_rule_of_terraform_s() -> None:
    (made,) = overrides(LISTENER, {WEBSITE: STANDBY})
    assert made.conditions == ({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}},)
    longest, shortest = "/" + "a" * 125, "/a"
    assert made.priority > max(manifest.listener_priority(path) for path in (longest, shortest, "/api/words"))
    assert made.priority <= 50_000, "the load balancer's last"


def test_rules_keep_their_order_and_take_no_priority_twice() -> None:
    told = [
        rule(20000, WORDS, "/a/b"), rule(30000, WORDS, "/a"), rule(400, SAVE, "/x"), rule(10000, WORDS, "/a/b/c"),
    ]  # fmt: skip
    made = overrides(told, {WORDS: STANDBY})
    assert [rule.conditions[0]["PathPatternConfig"]["Values"] for rule in made] == [["/a/b/c"], ["/a/b"], ["/a"]]
    numbers = [rule.priority for rule in made]
    assert numbers == sorted(set(numbers)) and 400 not in numbers


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (set(), set()),
        ({"api"}, {"api", "words", "deep"}),
        ({"words"}, {"words", "deep"}),
        ({"deep"}, {"deep"}),
        # What is below / alone is not: the standby's catch-all stands behind every rule.
        ({"website"}, {"website"}),
        ({"apiary"}, {"apiary"}),
    ],
)
def test_whoever_has_a_path_below_is_held_too(names: set[str], expected: set[str]) -> None:
    serving = {
        "website": {"/"}, "api": {"/api", "/v1"}, "words": {"/api/words"}, "deep": {"/other", "/api/words/deep"},
        "apiary": {"/apiary"}, "backend": set(),
    }  # fmt: skip
    assert with_those_below(names, serving) == expected


PORT, PORT_STANDBY, SAVE_STANDBY = "arn:group/words-9000", "arn:group/standby-9000", "arn:group/standby-save"


def first_way(rules: list[dict[str, Any]], path: str) -> str:
    """Where the load balancer sends a request: the first rule with a pattern for it."""
    for each in sorted((each for each in rules if not each["IsDefault"]), key=lambda each: int(each["Priority"])):
        (condition,) = each["Conditions"]
        if any(fnmatch.fnmatchcase(path, value) for value in condition["PathPatternConfig"]["Values"]):
            return str(each["Actions"][0]["TargetGroupArn"])
    return "default"


def terraform_rule(group: str, path: str) -> dict[str, Any]:
    return rule(manifest.listener_priority(path), group, path, f"{path}/*")


@pytest.mark.parametrize("first", [WORDS, PORT, SAVE])
def test_a_path_below_one_of_another_group_keeps_its_own_standby(first: str) -> None:
    """Of two ports, or of two services; whichever standby an earlier run has left behind."""
    told = [terraform_rule(WORDS, "/a"), terraform_rule(PORT, "/a/admin"), terraform_rule(SAVE, "/a/admin/s")]
    standbys = {WORDS: STANDBY, PORT: PORT_STANDBY, SAVE: SAVE_STANDBY}
    left = [described(each) for each in overrides(told, {first: standbys[first]})]
    others = {group: standby for group, standby in standbys.items() if group != first}
    made = [described(each) for each in overrides([*told, *left], others)]
    every = [*told, *left, *made]
    assert [first_way(every, path) for path in ("/a/x", "/a/admin", "/a/admin/s/t")] == [*standbys.values()]
    assert len({each["Priority"] for each in every}) == len(every)


def test_no_request_is_led_astray_while_overrides_come_and_go_one_by_one() -> None:
    """Whatever order the load balancer tells them in: a path leads to its own group or to that one's standby."""
    told = [
        rule("default", WEBSITE), terraform_rule(SAVE, "/a/admin/s"), terraform_rule(WORDS, "/a"),
        terraform_rule(PORT, "/a/admin"),
    ]  # fmt: skip
    standbys = {WORDS: STANDBY, PORT: PORT_STANDBY, SAVE: SAVE_STANDBY, WEBSITE: "arn:group/standby-website"}
    paths = {"/a/x": WORDS, "/a/admin/x": PORT, "/a/admin/s/t": SAVE}
    made = [described(each) for each in overrides(told, standbys)]
    there = list(told)

    def all_are_right() -> bool:
        return all(first_way(there, path) in (group, standbys[group]) for path, group in paths.items())

    for each in made:
        there.append(each)
        assert all_are_right()
    assert [first_way(there, path) for path in paths] == [STANDBY, PORT_STANDBY, SAVE_STANDBY]
    for removed in in_order_of_removal([*made[::2], *told[:1], *made[1::2]]):
        there.remove(dict(removed))
        assert all_are_right()
    assert there == told


def test_a_hundred_rules_of_two_groups_find_their_order() -> None:
    told = [
        terraform_rule((WORDS, PORT)[number % 2], "/a" * (number // 5 + 1) + f"/{number:03}") for number in range(100)
    ]
    made = overrides(told, {WORDS: STANDBY, PORT: PORT_STANDBY})
    assert [each.priority for each in made] == sorted({each.priority for each in made})
    lengths = [len(each.conditions[0]["PathPatternConfig"]["Values"][0]) for each in made]
    assert lengths == sorted(lengths, reverse=True) and len(made) == 100


def test_where_no_number_is_left_between_two_another_one_is_taken() -> None:
    left = [rule(number, SAVE_STANDBY, "/a/long/path") for number in range(990, 1000)]
    (made,) = overrides([terraform_rule(WORDS, "/a"), *left], {WORDS: STANDBY})
    assert 400 <= made.priority < 990


def test_a_rule_that_leads_elsewhere_is_not_overridden() -> None:
    assert overrides(LISTENER, {"arn:group/other": STANDBY}) == []


def test_a_weighted_rule_counts_for_each_of_its_groups() -> None:
    weighted = rule(5000, WORDS, "/w")
    weighted["Actions"] = [
        {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": WORDS}, {"TargetGroupArn": SAVE}]}}
    ]
    assert len(overrides([weighted], {SAVE: STANDBY})) == 1


def test_the_anchor_meets_no_request_without_its_secret_and_is_no_override() -> None:
    made = anchor(STANDBY, "secret", {300, 301})
    assert made.priority == 302
    (condition,) = made.conditions
    assert condition["HttpHeaderConfig"] == {"HttpHeaderName": STANDBY_HEADER, "Values": ["secret"]}
    assert not is_override(described(made), {STANDBY})


def described(made: Rule) -> dict[str, Any]:
    return {
        "Priority": str(made.priority), "IsDefault": False, "Conditions": list(made.conditions),
        "Actions": [{"Type": "forward", "TargetGroupArn": made.group}],
    }  # fmt: skip


def test_an_override_is_known_again_from_what_the_load_balancer_tells() -> None:
    (made,) = overrides(LISTENER, {WORDS: STANDBY})
    assert is_override(described(made), {STANDBY})
    assert not is_override(LISTENER[1], {STANDBY})


def test_with_the_header_every_path_leads_to_the_new_version_and_longer_ones_first() -> None:
    made = proofs(
        [(["/"], WEBSITE), (["/api/words", "/api/words/deep"], WORDS), (["/api"], SAVE)],
        "secret", {2},
    )  # fmt: skip
    ways = [(rule.conditions[1]["PathPatternConfig"]["Values"], rule.group) for rule in made]
    assert ways == [
        (["/api/words/deep", "/api/words/deep/*"], WORDS),
        (["/api/words", "/api/words/*"], WORDS),
        (["/api", "/api/*"], SAVE),
        (["/*"], WEBSITE),
    ]
    assert [rule.priority for rule in made] == [1, 3, 4, 5], "in order, before the standby's, none that is taken"
    for rule_ in made:
        assert rule_.conditions[0]["HttpHeaderConfig"] == {"HttpHeaderName": PROOF_HEADER, "Values": ["secret"]}
        assert not is_override(described(rule_), {WEBSITE, WORDS, SAVE})


def test_the_paths_by_which_a_group_is_reached() -> None:
    assert paths_of(LISTENER, WORDS) == {"/api/words"}
    assert paths_of(LISTENER, WEBSITE) == {"/"}
    assert paths_of(LISTENER, STANDBY) == set()


def test_the_default_rule_has_no_priority() -> None:
    assert priorities(LISTENER) == {39145, 37249}
