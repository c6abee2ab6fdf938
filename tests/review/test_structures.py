"""Values are compared as structures, and what only follows from another change is noise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.review.model import Difference
from orchestrator.review.reading.structures import decoded, differences
from orchestrator.review.values import UNKNOWN, Sensitive

OLD, NEW = "a" * 64, "b" * 64
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text("abcxyz", max_size=3), st.just(UNKNOWN)
)
NAMES = st.sampled_from(["a", "b", "name", "Sid", "value", "key", "command", "tags"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def told(before: dict[str, Any], after: dict[str, Any], **options: Any) -> dict[str, tuple[Any, Any]]:
    """The differences that are no noise, by path in words."""
    found = differences(before, after, **options)
    return {"/".join(map(str, item.path)): (item.before, item.after) for item in found if not item.noise}


def container(image: str = OLD, **more: Any) -> dict[str, Any]:
    return {"name": "words", "image": f"repo/words@sha256:{image}", **more}


def definitions(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"container_definitions": json.dumps(containers)}


@given(OBJECTS, OBJECTS)
def test_there_are_differences_exactly_if_the_values_are_not_equal(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert bool(differences(before, after)) == (before != after)


@given(OBJECTS)
def test_a_value_does_not_differ_from_its_copy(value: dict[str, Any]) -> None:
    assert differences(value, dict(reversed(value.items()))) == ()


@given(st.dictionaries(NAMES, JSON, max_size=3))
def test_whitespace_and_the_order_of_keys_in_json_are_no_difference(value: dict[str, Any]) -> None:
    one = json.dumps(value)
    other = json.dumps(dict(reversed(value.items())), indent=2)
    assert differences({"policy": one}, {"policy": other}) == ()


@given(st.dictionaries(NAMES, JSON, max_size=3), st.dictionaries(NAMES, JSON, max_size=3))
def test_each_difference_between_objects_has_what_stands_there(before: dict[str, Any], after: dict[str, Any]) -> None:
    for item in differences({"x": before}, {"x": after}):
        if any(isinstance(part, int) for part in item.path):
            continue
        sides: tuple[tuple[Any, bool, object], ...] = (
            (before, not item.added, item.before),
            (after, not item.removed, item.after),
        )
        for value, is_there, expected in sides:
            for part in item.path[1:-1]:
                value = value[part]
            if len(item.path) > 1:
                assert (item.path[-1] in value) is is_there
                assert not is_there or value[item.path[-1]] == expected


def test_nothing_is_compared_where_there_is_only_one_side() -> None:
    assert differences(None, {"a": 1}) == differences({"a": 1}, None) == ()


@pytest.mark.parametrize("text", ["{", '{"a": 1', "[1] and more", "plain", "", " ", "{}}", "[" * 100_000])
def test_a_string_that_is_no_json_is_left_as_it_is(text: str) -> None:
    assert decoded(text) == text


def test_json_is_decoded_only_as_deep_as_it_can_be_followed() -> None:
    deep = "[" * 101 + "]" * 101
    assert decoded(deep) == deep
    assert isinstance(decoded(deep[1:-1]), list)


def test_a_changed_environment_variable_is_one_difference() -> None:
    before = definitions(container(environment=[{"name": "A", "value": "1"}, {"name": "LEVEL", "value": "info"}]))
    after = definitions(container(environment=[{"name": "LEVEL", "value": "debug"}, {"name": "A", "value": "1"}]))
    assert told(before, after) == {"container_definitions/words/environment/LEVEL": ("info", "debug")}


def test_environment_variables_that_come_and_go_are_told_by_name() -> None:
    before = definitions(container(environment=[{"name": "OLD", "value": "1"}]))
    after = definitions(container(environment=[{"name": "NEW", "value": "2"}]))
    assert differences(before, after) == (
        Difference(("container_definitions", "words", "environment", "OLD"), "1", None, removed=True),
        Difference(("container_definitions", "words", "environment", "NEW"), None, "2", added=True),
    )


def test_containers_are_told_apart_by_name_in_any_order() -> None:
    other = {"name": "proxy", "image": "proxy:1"}
    assert differences(definitions(container(), other), definitions(other, container())) == ()
    assert list(told(definitions(container(), other), definitions(other, container(NEW)))) == [
        "container_definitions/words/image"
    ]


def test_what_ecs_fills_in_is_noise() -> None:
    ports = [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}]
    before = definitions(container(cpu=0, essential=True, mountPoints=[], portMappings=ports))
    after = definitions(container(NEW, portMappings=[{"containerPort": 8000}]))
    assert list(told(before, after)) == ["container_definitions/words/image"]


def test_a_container_that_ceases_to_be_essential_is_no_noise() -> None:
    assert list(told(definitions(container()), definitions(container(essential=False)))) == [
        "container_definitions/words/essential"
    ]


@pytest.mark.parametrize("form", ["{}", "sha256:{}", "repo/words@sha256:{}"])
def test_an_image_that_is_repeated_in_an_environment_variable_is_noise(form: str) -> None:
    sides = [
        definitions(container(image, environment=[{"name": "VERSION", "value": form.format(image)}]))
        for image in (OLD, NEW)
    ]
    assert list(told(*sides)) == ["container_definitions/words/image"]
    assert len(differences(*sides)) == 2


def test_another_value_in_an_environment_variable_beside_the_image_is_no_noise() -> None:
    sides = [
        definitions(container(image, environment=[{"name": "VERSION", "value": value}]))
        for image, value in ((OLD, OLD), (NEW, "c" * 64))
    ]
    assert "container_definitions/words/environment/VERSION" in told(*sides)


def test_statements_are_told_apart_by_sid_in_any_order() -> None:
    read = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "x"}
    write = {"Sid": "Write", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "x"}
    before = {"policy": json.dumps({"Statement": [read, write]})}
    turned = {**read, "Action": ["s3:ListBucket", "s3:GetObject"]}
    assert differences(before, {"policy": json.dumps({"Statement": [write, turned]})}) == ()
    wider = {"policy": json.dumps({"Statement": [write, {**read, "Action": [*read["Action"], "s3:*"]}]})}
    assert told(before, wider) == {"policy/Statement/Read/Action/2": (None, "s3:*")}


def test_statements_without_sid_are_matched_by_what_they_have_in_common() -> None:
    first = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}
    second = {"Effect": "Deny", "Action": "s3:*", "Resource": "b"}
    before = {"policy": json.dumps({"Statement": [first, second]})}
    after = {"policy": json.dumps({"Statement": [{**second, "Resource": "c"}, first]})}
    assert told(before, after) == {"policy/Statement/0/Resource": ("b", "c")}


def test_one_action_and_a_list_of_that_action_are_the_same_to_aws() -> None:
    before, same, wider = (
        {"policy": json.dumps({"Statement": [{"Action": actions}]})}
        for actions in ("s3:GetObject", ["s3:GetObject"], ["s3:GetObject", "s3:PutObject"])
    )
    assert differences(before, same) == differences(same, before) == ()
    assert told(before, wider) == {"policy/Statement/0/Action/1": (None, "s3:PutObject")}


def test_rules_of_a_security_group_are_matched_by_what_they_have_in_common() -> None:
    def rule(port: int, *cidrs: str) -> dict[str, Any]:
        return {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": list(cidrs), "self": False}

    before = {"ingress": [rule(80, "10.0.0.0/8"), rule(443, "10.0.0.0/8"), rule(8000, "10.0.0.0/8")]}
    after = {"ingress": [rule(443, "0.0.0.0/0", "10.0.0.0/8"), rule(80, "10.0.0.0/8")]}
    assert differences(before, after) == (
        Difference(("ingress", 0, "cidr_blocks", 0), None, "0.0.0.0/0", added=True),
        Difference(("ingress", 2), rule(8000, "10.0.0.0/8"), None, removed=True),
    )


def test_texts_that_come_to_a_set_are_added_and_the_rest_is_not_told() -> None:
    assert differences({"subnets": ["a", "b", "c"]}, {"subnets": ["b", "c", "d", "e"]}) == (
        Difference(("subnets", 2), None, "d", added=True),
        Difference(("subnets", 3), None, "e", added=True),
        Difference(("subnets", 0), "a", None, removed=True),
    )


def test_a_command_is_compared_as_a_whole() -> None:
    before, after = definitions(container(command=["a", "b"])), definitions(container(command=["b", "a"]))
    assert told(before, after) == {"container_definitions/words/command": (["a", "b"], ["b", "a"])}


def test_a_list_in_another_order_is_another_list() -> None:
    assert told({"layers": ["a", "b"]}, {"layers": ["b", "a"]}) == {"layers": (["a", "b"], ["b", "a"])}


def test_two_long_lists_are_compared_in_bounded_time() -> None:
    before = [{"n": number, "x": "old"} for number in range(2_000)]
    after = [{"n": number, "x": "new"} for number in range(2_000)]
    assert len(differences({"rules": before}, {"rules": after})) == 2_000


def test_what_becomes_unknown_is_one_difference() -> None:
    assert differences({"input": {"a": {"b": [1, 2]}}}, {"input": {"a": UNKNOWN}}) == (
        Difference(("input", "a"), {"b": [1, 2]}, UNKNOWN),
    )


def test_two_sensitive_values_differ_only_if_their_values_do() -> None:
    assert differences({"password": Sensitive("a")}, {"password": Sensitive("a")}) == ()
    assert told({"password": Sensitive("a")}, {"password": Sensitive("b")}) == {
        "password": (Sensitive("a"), Sensitive("b"))
    }


@pytest.mark.parametrize(("before", "after"), [(None, ""), ("", None), ([], None), (None, {}), ("", [])])
def test_nothing_in_place_of_nothing_is_noise(before: Any, after: Any) -> None:
    assert [item.noise for item in differences({"a": before}, {"a": after})] == [True]


@pytest.mark.parametrize(("before", "after"), [(None, False), (None, 0), ("", "x"), ([], ["x"])])
def test_something_in_place_of_nothing_is_no_noise(before: Any, after: Any) -> None:
    assert [item.noise for item in differences({"a": before}, {"a": after})] == [False]


@pytest.mark.parametrize(
    ("attribute", "before", "after", "noise"),
    [
        ("force_destroy", None, False, True),
        ("force_destroy", False, None, True),
        ("force_destroy", None, True, False),
        ("from_port", None, 0, False),
        ("strategy", [{"base": None}], [{"base": 0}], True),
        ("strategy", [{"base": None}], [{"base": 1}], False),
        ("strategy", [{"base": ""}], [{"base": 0}], False),
    ],
)
def test_what_the_aws_provider_cannot_tell_from_null_is_noise(
    attribute: str, before: Any, after: Any, noise: bool
) -> None:
    sides = {attribute: before}, {attribute: after}
    assert [item.noise for item in differences(*sides, provider="aws")] == [noise]
    assert [item.noise for item in differences(*sides)] == [False]


def test_what_the_configuration_does_not_set_and_becomes_unknown_is_noise() -> None:
    before, after = {"endpoint": "x", "role": "y"}, {"endpoint": UNKNOWN, "role": UNKNOWN}
    assert list(told(before, after, configured={"role"})) == ["role"]


def test_without_a_configuration_only_what_nobody_sets_is_noise() -> None:
    before, after = {"arn": "x", "role": "y"}, {"arn": UNKNOWN, "role": UNKNOWN}
    assert list(told(before, after)) == ["role"]


def test_blocks_that_become_unknown_are_never_noise() -> None:
    # `dynamic` blocks are missing in the plan's configuration.
    before, after = {"ingress": [{"from_port": 1}]}, {"ingress": UNKNOWN}
    assert list(told(before, after, configured=set())) == ["ingress"]


def test_tags_all_is_noise_only_beside_the_same_change_of_tags() -> None:
    before = {"tags": {"a": "1"}, "tags_all": {"a": "1", "b": "1"}}
    after = {"tags": {"a": "2"}, "tags_all": {"a": "2", "b": "2"}}
    assert list(told(before, after)) == ["tags/a", "tags_all/b"]


def test_what_forces_a_replacement_is_marked_and_its_noise_stays_noise() -> None:
    before = definitions(container(cpu=0)) | {"family": "a"}
    after = definitions(container(NEW)) | {"family": "b"}
    found = differences(before, after, replace_paths=[("container_definitions",)])
    assert {item.path[-1]: (item.noise, item.replaces) for item in found} == {
        "image": (False, True),
        "cpu": (True, False),
        "family": (False, False),
    }


def test_noise_that_alone_forces_a_replacement_is_told() -> None:
    found = differences({"arn": "x"}, {"arn": UNKNOWN}, replace_paths=[("arn",)])
    assert [(item.noise, item.replaces) for item in found] == [(False, True)]


def test_what_forces_a_replacement_is_there_even_if_it_looks_the_same() -> None:
    found = differences({"policy": '{"a": 1}'}, {"policy": '{"a":1}'}, replace_paths=[("policy",)])
    assert found == (Difference(("policy",), '{"a": 1}', '{"a":1}', replaces=True),)


def test_a_path_below_or_above_a_difference_forces_it() -> None:
    before, after = {"block": [{"a": 1}]}, {"block": UNKNOWN}
    assert [item.replaces for item in differences(before, after, replace_paths=[("block", 0, "a")])] == [True]
