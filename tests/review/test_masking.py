"""Nothing that Terraform marks as sensitive is left in a plan, whatever form it was written in."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Plan
from orchestrator.review.reading import reading
from orchestrator.review.secrets import sensitive_texts
from orchestrator.review.secrets.masking import masked, with_unknown
from orchestrator.review.secrets.scrub import Scrubber
from orchestrator.review.values import UNKNOWN, Sensitive, is_known

# Begins and ends with something that is nowhere else, has whatever characters between.
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=12).map(
    lambda inner: f"Zq7{inner}7qZ"
)
WRITTEN: list[Callable[[str], str]] = [
    str,
    lambda secret: f"before {secret} after",
    lambda secret: json.dumps({"a": [secret]}),
    lambda secret: json.dumps({"a": json.dumps({"b": secret}, ensure_ascii=False)}),
    lambda secret: json.dumps([secret]).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
    lambda secret: f"postgres://user:{quote(secret, safe='')}@host/db",
    lambda secret: f"https://host/?token={quote_plus(secret)}&x=1",
    lambda secret: base64.b64encode(secret.encode()).decode(),
    lambda secret: base64.b64encode(f"u:{secret}".encode()).decode(),
    lambda secret: base64.urlsafe_b64encode(f"user:{secret}:x".encode()).decode(),
]
ADDRESS = 'terraform_data.this["a"]'


@st.composite
def marked(draw: st.DrawFn, secret: str, depth: int = 3) -> tuple[Any, Any]:
    """A value and a tree that marks every leaf of it that is or has the secret."""
    kind = draw(st.integers(0, 5 if depth else 2))
    if kind == 0:
        return draw(st.sampled_from([None, 1, True, "plain", ""])), draw(st.sampled_from([False, {}]))
    if kind == 1:
        return secret, True
    if kind == 2:
        return draw(st.sampled_from([[secret, "plain"], {"a": {"b": secret}}, json.dumps({"password": secret})])), True
    inner = [draw(marked(secret, depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    if kind == 3:
        return [value for value, _ in inner], [tree for _, tree in inner]
    names = draw(st.permutations(["a", "b", "c"]))
    pairs = dict(zip(names, inner, strict=False))
    return {name: value for name, (value, _) in pairs.items()}, {
        name: tree for name, (_, tree) in pairs.items() if tree or draw(st.booleans())
    }


def change(before: Any, after: Any, before_tree: Any = None, after_tree: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "address": ADDRESS,
        "mode": "managed",
        "type": "terraform_data",
        "name": "this",
        "change": {
            "actions": ["update"],
            "before": before,
            "after": after,
            "before_sensitive": before_tree or {},
            "after_sensitive": after_tree or {},
        },
    } | more


def plan_of(*changes: dict[str, Any], **more: Any) -> Plan:
    return reading.read({"format_version": "1.2", "resource_changes": list(changes)} | more)


def texts(value: Any) -> list[str]:
    """Every string in a value, keys too, and what `repr` says of it."""
    if isinstance(value, dict):
        return [text for item in [*value, *value.values()] for text in texts(item)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for item in value for text in texts(item)]
    return [value if isinstance(value, str) else repr(value)]


def assert_hidden(secret: str, plan: Plan) -> None:
    shown = asdict(plan)
    del shown["secrets"]
    everything = [*texts(shown), repr(plan), json.dumps(shown, default=repr, ensure_ascii=False)]
    forms = [write(secret) for write in WRITTEN if "before" not in write(secret)]
    inner = base64.b64encode(secret.encode()).decode()[4:12]
    for form in [secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote_plus(secret), inner, *forms]:
        assert not any(form in text for text in everything)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data(), SECRETS)
def test_a_planted_secret_is_nowhere_in_the_plan(data: st.DataObject, secret: str) -> None:
    before, before_tree = data.draw(marked(secret))
    after, after_tree = data.draw(marked(secret))
    clear = [write(secret) for write in data.draw(st.lists(st.sampled_from(WRITTEN), max_size=3))]
    sure = {"sure": secret, "clear": clear, "tags": {secret: "as a key"}}
    plan = plan_of(
        change({"value": before} | sure, {"value": after}, {"value": before_tree, "sure": True}, {"value": after_tree})
    )
    assert secret in plan.secrets
    assert_hidden(secret, plan)


@pytest.mark.parametrize("write", WRITTEN)
@settings(max_examples=30, deadline=None)
@given(secret=SECRETS)
def test_a_secret_is_found_in_every_form(write: Callable[[str], str], secret: str) -> None:
    clean = Scrubber([secret]).text(write(secret))
    assert "(sensitive)" in clean
    assert write(secret) != clean
    assert "7qZ" not in clean


@given(SECRETS)
def test_a_secret_that_begins_or_ceases_to_be_sensitive_is_hidden_on_both_sides(secret: str) -> None:
    sides = {"a": {"b": [secret, "x"]}}
    tree = {"a": {"b": [True, False]}}
    for trees in ((tree, {}), ({}, tree), (tree, tree)):
        plan = plan_of(change(sides, sides, *trees))
        resource = plan.resources[0]
        assert resource.before == resource.after == {"a": {"b": [Sensitive(secret), "x"]}}
        assert resource.differences == ()


def test_short_values_are_hidden_on_both_sides_too() -> None:
    # Too short to be searched for: only the other side's tree tells.
    plan = plan_of(change({"pin": "12"}, {"pin": "34"}, {"pin": True}, {}))
    assert plan.resources[0].before == {"pin": Sensitive("12")}
    assert plan.resources[0].after == {"pin": Sensitive("34")}
    assert [item.path for item in plan.resources[0].differences] == [("pin",)]


@pytest.mark.parametrize(
    ("value", "tree", "expected"),
    [
        ({"a": 1}, True, Sensitive({"a": 1})),
        ({"a": 1}, {"a": True}, {"a": Sensitive(1)}),
        ({"a": None}, {"a": True}, {"a": None}),
        ({"a": 1}, {"b": True}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, False, {"a": 1}),
        ({"a": 1}, None, {"a": 1}),
        ([1, 2], [False, True], [1, Sensitive(2)]),
        ([1, 2, 3], [False, True], [Sensitive(1), Sensitive(2), Sensitive(3)]),
        ([{"p": 1, "q": 2}, {"p": 3}], [{"p": True}], [{"p": Sensitive(1), "q": 2}, {"p": Sensitive(3)}]),
        ("text", {"a": True}, Sensitive("text")),
        ({"a": 1}, [True], Sensitive({"a": 1})),
        ({"a": UNKNOWN}, {"a": True}, {"a": UNKNOWN}),
    ],
)
def test_a_tree_masks_where_it_says_true_and_rather_more_than_less(value: Any, tree: Any, expected: Any) -> None:
    assert masked(value, tree) == expected


@pytest.mark.parametrize(
    ("value", "tree", "expected"),
    [
        ({}, {"id": True}, {"id": UNKNOWN}),
        (None, {}, None),
        (None, True, UNKNOWN),
        ({"a": [1, None]}, {"a": [False, True]}, {"a": [1, UNKNOWN]}),
        ({"a": [1]}, {"a": [False, {"b": True}]}, {"a": [1, {"b": UNKNOWN}]}),
        ({"a": {"b": 1}}, {"a": {"c": True}, "d": {}}, {"a": {"b": 1, "c": UNKNOWN}}),
        ({"a": 1}, False, {"a": 1}),
    ],
)
def test_what_is_known_only_after_apply_is_put_in(value: Any, tree: Any, expected: Any) -> None:
    assert with_unknown(value, tree) == expected


def test_secrets_come_from_every_part_of_a_plan() -> None:
    def value(number: int) -> str:
        return f"s3cret-number-{number}"

    plan = plan_of(
        change({"a": value(0)}, {"a": value(1)}, {"a": True}, {"a": True}),
        resource_drift=[change({"a": value(2)}, {"a": value(3)}, {"a": True}, {"a": True})],
        output_changes={
            "o": {"actions": ["update"], "before": value(4), "after": value(5), "before_sensitive": True,
                  "after_sensitive": True}
        },
        planned_values={
            "outputs": {"o": {"sensitive": True, "value": {"x": value(6)}}},
            "root_module": {
                "child_modules": [{"resources": [{"values": {"a": value(7)}, "sensitive_values": {"a": True}}]}]
            },
        },
        prior_state={
            "values": {"root_module": {"resources": [{"values": {"a": value(8)}, "sensitive_values": {"a": True}}]}}
        },
        variables={"v": {"value": {"deep": [value(9)]}}, "clear": {"value": "in the open"}},
        configuration={"root_module": {"variables": {"v": {"sensitive": True, "default": value(10)}, "clear": {}}}},
    )  # fmt: skip
    assert plan.secrets == {value(number) for number in range(11)}


@given(SECRETS)
def test_a_secret_is_taken_out_of_addresses_keys_checks_imports_and_outputs(secret: str) -> None:
    address = f"terraform_data.this[{json.dumps(secret)}]"
    raw = change({"a": secret}, {"a": "x"}, {"a": True}, address=address, index=secret)
    raw["previous_address"] = f"terraform_data.old[{json.dumps(secret)}]"
    raw["module_address"] = f"module.m[{json.dumps(secret)}]"
    raw["change"]["importing"] = {"id": f"name/{secret}"}
    raw["change"]["replace_paths"] = [["input", secret]]
    plan = plan_of(
        raw,
        output_changes={"o": {"actions": ["create"], "before": None, "after": {"url": f"https://u:{secret}@host"}}},
        checks=[{"address": {"to_display": address}, "status": "fail", "instances": [
            {"address": {"to_display": address}, "status": "fail", "problems": [{"message": f"not {secret}"}]}]}],
    )  # fmt: skip
    assert_hidden(secret, plan)
    assert plan.resources[0].address == 'terraform_data.this["(sensitive)"]'
    assert plan.resources[0].import_id == "name/(sensitive)"
    assert plan.checks[0].messages == ("not (sensitive)",)


@pytest.mark.parametrize(
    "text", ["abc", "true", "admin", "Postgres", "production", "5432", "  root\n", "terraform_data"]
)
def test_words_that_mean_something_else_too_are_masked_in_place_and_not_searched_for(text: str) -> None:
    plan = plan_of(change({"a": text, "b": f"{text} elsewhere"}, None, {"a": True}))
    assert plan.secrets == frozenset()
    assert plan.resources[0].before == {"a": Sensitive(text), "b": f"{text} elsewhere"}


def test_names_of_the_configuration_are_no_secrets() -> None:
    config = {"root_module": {"resources": [{"address": "aws_db_instance.storyizer", "expressions": {}}]}}
    assert plan_of(change({"user": "storyizer"}, None, {"user": True}), configuration=config).secrets == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/0",
        "10.1.2.3",
        "fd00::/8",
        "eu-west-1",
        "us-gov-east-1a",
        "s3:GetObject*",
        "dynamodb:*",
        "arn:aws:iam::1:role/x",
    ],
)
def test_what_rules_must_see_elsewhere_is_masked_in_place_only(text: str) -> None:
    assert sensitive_texts.worth_searching([text], ()) == frozenset()
    plan = plan_of(change({"a": text, "cidr_blocks": [text]}, None, {"a": True}))
    assert plan.resources[0].before == {"a": Sensitive(text), "cidr_blocks": [text]}


def test_names_of_attributes_are_no_secrets_and_stay() -> None:
    plan = plan_of(change({"a": "description", "description": "a description"}, None, {"a": True}))
    assert plan.resources[0].before == {"a": Sensitive("description"), "description": "a description"}


def test_only_the_keys_of_an_address_may_be_secret() -> None:
    address = 'aws_x.my-s3cret-name["my-s3cret-name"]'
    plan = plan_of(change({"a": "s3cret-name"}, None, {"a": True}, address=address))
    assert plan.resources[0].address == 'aws_x.my-s3cret-name["my-(sensitive)"]'


def test_a_short_secret_is_searched_for_as_a_whole_word_only() -> None:
    scrubber = Scrubber(["hunt3r"])
    assert scrubber.text("the hunt3r, and hunt3rs") == "the (sensitive), and hunt3rs"
    assert scrubber.text("hunt3r") == "(sensitive)"


def test_secrets_that_overlap_are_taken_out_together() -> None:
    assert Scrubber(["aaaa-bbbb-cccc", "cccc-dddd-eeee"]).text("x aaaa-bbbb-cccc-dddd-eeee y") == "x (sensitive) y"


def test_a_long_text_is_found_as_it_is_and_in_a_json_string() -> None:
    script = "#!/bin/sh\n" + "echo <s3cret>\n" * 200
    scrubber = Scrubber([script])
    assert scrubber.text(f"x {script} y") == "x (sensitive) y"
    for written in (json.dumps([script]), json.dumps([script]).replace("<", "\\u003c").replace(">", "\\u003e")):
        assert json.loads(scrubber.text(written)) == ["(sensitive)"]
    assert scrubber.text("#!/bin/sh\necho hello") == "#!/bin/sh\necho hello"


def test_thousands_of_secrets_that_begin_alike_are_found_in_bounded_time() -> None:
    scrubber = Scrubber([f"password-{number:05}" for number in range(5_000)])
    text = " ".join(f"password-{number:05}" for number in range(4_990, 5_010))
    began = time.process_time()
    clean = [scrubber.text(f"{text} {number}") for number in range(2_000)]
    assert time.process_time() - began < 5
    assert (
        clean[7] == " ".join(["(sensitive)"] * 10 + [f"password-{number:05}" for number in range(5_000, 5_010)]) + " 7"
    )


def test_a_value_without_a_secret_stays_the_same_object() -> None:
    value = {"a": ["b", {"c": "d"}]}
    assert Scrubber(["s3cret-s3cret"]).value(value) is value
    assert Scrubber([]).value(value) is value


def test_the_password_in_a_sensitive_url_and_in_sensitive_json_is_a_secret_itself() -> None:
    assert "p4ssw0rd" in set(sensitive_texts.leaves("postgres://user:p4ssw0rd@host/db"))
    document = json.dumps(
        {"engine": "postgres", "password": "p4ssw0rd", "env": [{"name": "API_TOKEN", "value": "t0ken"}]}
    )
    assert set(sensitive_texts.leaves(document)) == {document, "p4ssw0rd", "t0ken"}


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_sensitive_value_is_equal_to_itself_and_holds_nothing(value: Any) -> None:
    one = Sensitive(value)
    assert one == Sensitive(copy.deepcopy(value))
    assert one != Sensitive([value])
    assert repr(one) == str(one) == f"{one}" == "(sensitive)"
    assert hash(one) == hash(Sensitive(value))
    assert not is_known({"a": [one]})
    with pytest.raises(TypeError):
        pickle.dumps(one)
    assert not hasattr(one, "__dict__")


def test_a_copy_of_the_unknown_value_is_the_unknown_value() -> None:
    assert copy.deepcopy({"a": UNKNOWN})["a"] is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN
