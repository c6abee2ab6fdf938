"""Literals of tfvars files: what is read, what is left out, and that no text is too much for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.project import tfvars_text
from orchestrator.system import paths


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"plain"', "plain"),
        ('"a \\"b\\" \\n\\t\\\\ \\u00e9 $${x} %%{y}"', 'a "b" \n\t\\ é ${x} %{y}'),
        ('"$NAME"', "$NAME"),
        ("7", 7),
        ("-2.5", -2.5),
        ("1e3", 1000),
        ("true", True),
        ("null", None),
        ('["a", "b",]', ["a", "b"]),
        ('[ # why\n  "a", // b\n  /* c */ "d"\n]', ["a", "d"]),
        ("[]", []),
        ('{ a = 1, "b c" : [2] }', {"a": 1, "b c": [2]}),
        ('{\n  a = "]"\n  b = "}"\n}', {"a": "]", "b": "}"}),
    ],
)
def test_literals_are_read(text: str, value: Any) -> None:
    assert tfvars_text.values(f"before = 1\nname = {text} # end\nafter = 2\n") == {
        "before": 1, "name": value, "after": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ['"${x}"', "<<EOT\nx = 1\nEOT", "1 + 2", "foo(1)", '"open', "[1", "{ a }", '"\\q"', "", "[1 2]", "a.b"]
)
def test_what_is_no_literal_is_assigned_and_left_out(text: str) -> None:
    found = tfvars_text.values(f"name = {text}\nlast = 3\n")
    assert "name" not in found
    assert "name" in tfvars_text.assigned(f"name = {text}\n")


def test_what_is_in_a_map_is_no_setting_of_its_own() -> None:
    assert tfvars_text.values("a = {\nb = 1\n}\nc = 2\n") == {"a": {"b": 1}, "c": 2}


def test_the_project_s_own_files_are_read() -> None:
    assert tfvars_text.values((paths.ENVIRONMENTS / "production.tfvars").read_text())["counts"] == {
        "save": 3, "website": 3, "words": 3,
    }  # fmt: skip


def test_depth_is_bounded() -> None:
    assert tfvars_text.values(f"a = {'[' * 5000}") == {}


@given(st.text(alphabet='ab ={}[]"\\,:#/*\n$1', max_size=80))
def test_no_text_is_too_much(text: str) -> None:
    tfvars_text.values(text)


_JSON = st.recursive(
    st.booleans() | st.integers(-1000, 1000) | st.text("abc é\"\\\n", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(_JSON)
def test_json_without_templates_is_a_literal_of_the_same_value(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert tfvars_text.values(f"a = {text}\n") == {"a": value}
