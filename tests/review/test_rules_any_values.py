"""Whatever stands in a plan's values, a rule says something or nothing, and never fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review import rules as package
from orchestrator.review.model import Action, Plan, Resource
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.values import UNKNOWN, Sensitive

pytestmark = pytest.mark.slow

RULES = tuple(
    rule
    for name in ("access", "data", "protection", "capacity", "health", "network", "transport")
    for rule in group(name)
    if not rule.of_drift
)
TYPES = sorted({type_ for rule in RULES for type_ in rule.types} | set(holders.KNOWN) | {"acme_thing"})
# Every word that a rule's source quotes: the attributes and the values that rules look for are among them.
WORDS = sorted(
    {
        word
        for source in Path(package.__path__[0]).rglob("*.py")
        for quoted in re.findall(r'"([A-Za-z_.0-9-]{2,40})"', source.read_text())
        for word in quoted.split(".")
        if word
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 400),
    st.floats(allow_nan=False),
    st.sampled_from(WORDS),
    st.text(max_size=5),
    st.sampled_from(["0", "200-499", "arn:aws:a", '[{"name": "a"}]', "[", "service/a/b", "1.2"]),
    st.just(UNKNOWN),
    st.builds(Sensitive, st.text(max_size=3)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=4,
)
OBJECTS = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=6)


@st.composite
def _resources(draw: st.DrawFn) -> Resource:
    action = draw(st.sampled_from([Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET]))
    type_ = draw(st.sampled_from(TYPES))
    return Resource(
        address=f"{type_}.{draw(st.sampled_from('abc'))}",
        module="",
        type=type_,
        name="a",
        provider="",
        action=action,
        before=None if action is Action.CREATE else draw(OBJECTS),
        after=None if action in (Action.DELETE, Action.FORGET) else draw(OBJECTS),
        action_reason=draw(st.sampled_from(["", "replace_because_cannot_update", "delete_because_each_key"])),
        replace_paths=tuple(draw(st.lists(st.tuples(st.sampled_from(WORDS), st.just(0)), max_size=2))),
        index=draw(st.sampled_from([None, 0, "a"])),
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(_resources(), min_size=1, max_size=3))
def test_no_value_makes_a_rule_fail(resources: list[Resource]) -> None:
    plan = Plan(resources=tuple(resources))
    for resource in resources:
        for rule in RULES:
            if not rule.types or resource.type in rule.types:
                for found in rule.judge(resource, plan):
                    assert found.rule in {rule.id, "not-judgeable"}
                    assert found.address == resource.address
                    assert found.reason and found.advice


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted({type_ for rule in RULES for type_ in rule.types})), st.data())
def test_no_value_of_an_attribute_that_a_rule_reads_makes_it_fail(type_: str, drawn: st.DataObject) -> None:
    wanted = _read_by_rules(type_)
    values = st.fixed_dictionaries({}, optional=dict.fromkeys(wanted, VALUES))
    resource = Resource(
        address=f"{type_}.a",
        module="",
        type=type_,
        name="a",
        provider="",
        action=drawn.draw(st.sampled_from([Action.UPDATE, Action.REPLACE])),
        before=drawn.draw(values),
        after=drawn.draw(values),
    )
    plan = Plan(resources=(resource,))
    for rule in RULES:
        if not rule.types or type_ in rule.types:
            list(rule.judge(resource, plan))


class _Noted(dict[str, Any]):
    """Values that note which attributes are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return default


def _read_by_rules(type_: str) -> list[str]:
    before, after = _Noted(), _Noted()
    resource = Resource(f"{type_}.a", "", type_, "a", "", Action.UPDATE, before, after)
    for rule in RULES:
        if not rule.types or type_ in rule.types:
            list(rule.judge(resource, Plan(resources=(resource,))))
    return sorted(before.asked | after.asked)


def test_each_rule_has_a_name_of_its_own_and_says_why() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.id)
        assert rule.title and not rule.title.endswith(".")
        assert rule.why.endswith(".")


@pytest.mark.parametrize("hidden", [UNKNOWN, Sensitive(["a"])])
@pytest.mark.parametrize(
    ("type_", "values", "attribute"),
    [
        ("google_storage_default_object_acl", {"role_entity": ["OWNER:user-a"]}, "role_entity"),
        ("azurerm_key_vault_access_policy", {"object_id": "a", "secret_permissions": ["Get"]}, "secret_permissions"),
        ("azurerm_network_interface", {"ip_configuration": [{"name": "a"}]}, "ip_configuration"),
        ("azurerm_linux_virtual_machine_scale_set", {"network_interface": [{"name": "a"}]}, "network_interface"),
        ("azurerm_role_definition", {"permissions": [{"actions": ["*/read"]}]}, "permissions"),
    ],
)
def test_a_list_that_cannot_be_read_makes_no_rule_fail(
    type_: str, values: dict[str, Any], attribute: str, hidden: Any
) -> None:
    resource = Resource(f"{type_}.a", "", type_, "a", "", Action.UPDATE, values, {**values, attribute: hidden})
    for rule in RULES:
        if not rule.types or type_ in rule.types:
            list(rule.judge(resource, Plan(resources=(resource,))))
