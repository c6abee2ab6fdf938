"""Files that hold a plan in another form than usual, or more than one: read with a note, or refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import Failure
from orchestrator.review.model import Action
from orchestrator.review.reading import parse, reading
from orchestrator.review.reading.json_text import loads
from orchestrator.review.render import html, markdown, terminal
from orchestrator.review.render import json as as_json
from orchestrator.review.review import review
from orchestrator.review.values import Sensitive
from tests.review.corpus import make

REPORTED = Path(__file__).parent / "reported"
SECRET = "pl4nted-secret-value"


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": list(changes)} | more


def change(kind: str, after: dict[str, Any], **more: Any) -> dict[str, Any]:
    own = {"actions": ["create"], "before": None, "after": after, "after_unknown": {}} | more.pop("change", {})
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "name": "this", "change": own} | more


def refused(data: bytes, name: str = "plan.json") -> Failure:
    with pytest.raises(Failure) as caught:
        reading.read_bytes(data, name)
    return caught.value


# Formats 0.1 and 0.2


def test_a_plan_of_terraform_1_0_is_read_and_says_what_its_format_cannot() -> None:
    read = reading.read_bytes((REPORTED / "format-0.2.json").read_bytes(), "plan.json")
    assert [(item.address, item.action) for item in read.resources] == [("aws_vpc.main", Action.UPDATE)]
    assert "plan of format 0.2" in read.notes[0]


OLD = {
    "format_version": "0.1",
    "terraform_version": "0.12.31",
    "variables": {"password": {"value": SECRET}},
    "planned_values": {"outputs": {"shown": {"sensitive": True, "value": f"x-{SECRET}"}}},
    "resource_changes": [
        change(
            "aws_db_instance",
            {"password": "another-word", "engine": "mysql", "username": "admin", "manage_master_user_password": True},
            provider_name="aws",
        ),
        change(
            "aws_mq_broker",
            {"broker_name": "mq", "user": [{"username": "app", "password": "broker-word"}], "tags": {"token": "cost"}},
        ),
        change("aws_ssm_parameter", {"name": "url", "value": "word", "description": f"with {SECRET}"}),
    ],
    "output_changes": {
        "shown": {"actions": ["create"], "before": None, "after": "short"},
        "db_password": {"actions": ["create"], "before": None, "after": "word"},
        "url": {"actions": ["create"], "before": None, "after": "https://stories.example"},
    },
    "configuration": {
        "root_module": {
            "outputs": {"shown": {"sensitive": True}, "url": {}},
            "variables": {"password": {"sensitive": True}},
        }
    },
}


def test_without_marks_what_the_configuration_and_the_names_say_is_hidden() -> None:
    read = reading.read(OLD)
    database, broker, parameter = (item.after for item in read.resources)
    assert database == {
        "password": Sensitive("another-word"),
        "engine": "mysql",
        "username": "admin",
        "manage_master_user_password": True,
    }
    assert broker is not None and broker["user"] == [{"username": "app", "password": Sensitive("broker-word")}]
    assert broker["tags"] == {"token": "cost"}
    assert parameter == {"name": "url", "value": Sensitive("word"), "description": "with (sensitive)"}
    assert {item.name: item.after for item in read.outputs} == {
        "shown": Sensitive("short"),
        "db_password": Sensitive("word"),
        "url": "https://stories.example",
    }


def test_a_format_that_cannot_tell_of_drift_says_so() -> None:
    assert "made outside of Terraform" in reading.read(OLD).notes[1]


def test_what_a_module_is_given_for_a_marked_variable_is_hidden() -> None:
    inner = {"variables": {"key": {"sensitive": True}, "pin": {"sensitive": True, "default": "pin-by-default"}}}
    calls = {
        "a": {"expressions": {"key": {"constant_value": "constant-key"}}, "module": inner},
        "b": {"expressions": {"key": {"references": ["var.own"]}}, "module": inner},
    }
    shown = {
        "format_version": "0.2",
        "variables": {"own": {"value": "given-at-the-root"}},
        "resource_changes": [
            change("x_y", {"a": "is constant-key", "b": "is given-at-the-root", "c": "is pin-by-default", "d": "x"})
        ],
        "configuration": {"root_module": {"module_calls": calls}},
    }
    (item,) = reading.read(shown).resources
    assert item.after == {"a": "is (sensitive)", "b": "is (sensitive)", "c": "is (sensitive)", "d": "x"}


def test_a_format_that_has_marks_is_not_hidden_by_name() -> None:
    (item,) = reading.read(plan(change("x_y", {"password": "shown", "token": None}))).resources
    assert item.after == {"password": "shown", "token": None}


@pytest.mark.parametrize("version", ["0.3", "0", "2.0", "1.x", "", None, 1])
def test_other_formats_are_refused(version: Any) -> None:
    with pytest.raises(Failure, match=r"only 0\.1, 0\.2 and 1\.x can be read"):
        reading.read(plan() | {"format_version": version})


def test_every_rendering_shows_the_notes() -> None:
    result = review(reading.read(OLD))
    for text in (terminal.render(result, width=200), markdown.render(result), html.render(result)):
        assert "does not reliably say what is sensitive" in " ".join(text.split())
    assert len(as_json.as_dict(result)["notes"]) == 2
    for text in (terminal.render(result), markdown.render(result), html.render(result), as_json.render(result)):
        assert SECRET not in text


# The lines of setup-terraform's wrapper

WHOLE = json.dumps(plan(change("aws_vpc", {"cidr_block": "10.0.0.0/16"})))
WRAPPED = (
    "[command]/opt/hostedtoolcache/terraform-bin show -json plan\n"
    f"{WHOLE}\n"
    "::debug::Terraform exited with code 0.\n"
    f"::debug::stdout: {WHOLE}%0A\n"
    f"::set-output name=stdout::{WHOLE}%0A\n"
    "::set-output name=exitcode::0\n"
)


@pytest.mark.parametrize("text", [WRAPPED, WRAPPED.replace("\n", "\r\n"), WRAPPED.partition("\n")[2]])
def test_a_plan_between_the_wrappers_lines_is_read_with_a_note(text: str) -> None:
    read = reading.read_bytes(text.encode(), "plan.json")
    assert [item.address for item in read.resources] == ["aws_vpc.this"]
    (note,) = read.notes
    assert "passed over" in note and "terraform_wrapper: false" in note


def test_an_indented_plan_between_the_wrappers_lines_is_read_too() -> None:
    text = WRAPPED.replace(f"\n{WHOLE}\n", f"\n{json.dumps(json.loads(WHOLE), indent=2)}\n", 1)
    assert len(reading.read_bytes(text.encode(), "plan.json").resources) == 1


def test_text_that_only_looks_like_the_wrappers_inside_of_a_plan_stays() -> None:
    text = json.dumps(plan(change("x_y", {"script": "::debug::a\n[command]b"})), indent=1)
    read = reading.read_bytes(f"[command]terraform\n{text}".encode(), "plan.json")
    assert read.resources[0].after == {"script": "::debug::a\n[command]b"}


def test_two_plans_between_the_wrappers_lines_are_two_plans() -> None:
    assert refused((WRAPPED + WRAPPED).encode()).message.startswith("plan.json holds 2 plans")


def test_an_error_between_the_wrappers_lines_is_no_plan() -> None:
    failure = refused(
        b"[command]terraform show -json plan\nError: Failed to read\n::debug::Terraform exited with code 1.\n"
    )
    assert "no plan between its lines" in failure.message
    assert "terraform_wrapper: false" in failure.next_step


# Several plans

WITH_STATE = json.dumps(
    json.loads(WHOLE) | {"prior_state": {"format_version": "1.0", "values": {}}, "note": '{"format_version":"1.2"'}
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f"{WITH_STATE}\n{WITH_STATE}\n{WITH_STATE}\n", "jq -c . 'all plans.json' | split -l 1 -"),
        (WITH_STATE * 3, "jq -c . 'all plans.json' | split"),
        ("\n".join(json.dumps(json.loads(WITH_STATE), indent=2) for _ in range(3)), "jq -c . 'all plans.json' | split"),
        (
            "".join(f"10:15:30.1 STDOUT [{unit}] terraform: {WITH_STATE}\n" for unit in ("vpc", "db", "app")),
            "grep -o '{\"format_version\".*' 'all plans.json' | split -l 1 -",
        ),
    ],
)
def test_several_plans_are_counted_and_how_to_split_them_is_said(text: str, command: str) -> None:
    failure = refused(text.encode(), "all plans.json")
    assert failure.message == "all plans.json holds 3 plans, and a report is about one"
    assert command in failure.next_step
    assert "for plan in plan-*.json" in failure.next_step


def test_several_plans_in_a_list_are_too() -> None:
    failure = refused(f"[{WHOLE}, {WHOLE}]".encode())
    assert failure.message == "this holds 2 plans, and a report is about one"
    assert failure.next_step.startswith("jq -c '.[]' FILE | split")


def test_one_plan_behind_something_printed_is_said_to_be_there() -> None:
    failure = refused(f"10:15:30.1 STDOUT terraform: {WHOLE}\n".encode(), "standard input")
    assert failure.message == "standard input holds a plan with something printed before it"
    assert failure.next_step.startswith("grep -o '{\"format_version\".*' FILE > whole.json")


# What stands behind the JSON


def test_a_brace_too_many_is_told_with_its_place_and_how_it_goes() -> None:
    failure = refused(f"{WHOLE}}}\n".encode())
    assert failure.message == "plan.json has something behind the end of its JSON"
    assert f"`}}` at line 1, column {len(WHOLE) + 1} (character {len(WHOLE):,} of {len(WHOLE) + 2:,})" in failure.reason
    assert failure.next_step.startswith(f"head -c {len(WHOLE)} plan.json > whole.json")


def test_the_place_counts_bytes_where_the_command_does() -> None:
    text = json.dumps(plan() | {"note": "größer"}, ensure_ascii=False)
    assert f"head -c {len(text) + 2} x" in refused(f"{text}]".encode(), "x").next_step
    assert refused(f"{text}]".encode("utf-16"), "x").next_step.startswith("delete what comes after it")


def test_more_than_a_character_is_not_quoted() -> None:
    failure = refused(f"{WHOLE}\n{SECRET}\n".encode())
    assert f"{len(SECRET)} characters more at line 2" in failure.reason
    assert SECRET not in failure.reason


# Nulls


def test_null_where_a_text_may_be_left_out_is_read_as_left_out() -> None:
    optional = ("module_address", "provider_name", "action_reason", "deposed", "previous_address", "mode", "index")
    nulls = change("aws_vpc", {"cidr_block": "10.0.0.0/16"}) | dict.fromkeys(optional)
    more = dict.fromkeys(
        ("terraform_version", "configuration", "output_changes", "resource_drift", "checks", "relevant_attributes",
         "planned_values", "prior_state", "variables", "action_invocations", "timestamp")
    )  # fmt: skip
    read = reading.read(plan(nulls) | more)
    (item,) = read.resources
    assert (item.module, item.provider, item.action_reason, item.deposed, item.moved_from) == ("", "", "", "", "")
    assert item.managed
    assert (read.terraform_version, read.made_at) == ("", "")


@pytest.mark.parametrize("name", ["address", "type", "name", "change"])
def test_null_where_something_must_be_is_refused(name: str) -> None:
    with pytest.raises(Failure, match="not as Terraform writes it"):
        reading.read(plan(change("aws_vpc", {}) | {name: None}))


# HCP Terraform and OpenTofu

REDACTED = {
    "plan_format_version": "1.1",
    "resource_changes": [
        change("aws_vpc", {"cidr_block": "10.0.0.0/16"}, change={"before_sensitive": False, "after_sensitive": {}})
    ],
    "resource_drift": [],
    "relevant_attributes": [],
    "output_changes": {},
    "provider_schemas": {},
}


def test_the_redacted_form_is_read_and_says_what_is_missing() -> None:
    read = reading.read(REDACTED)
    assert [item.address for item in read.resources] == ["aws_vpc.this"]
    (note,) = read.notes
    assert "redacted form" in note and "json-output" in note and "admin" in note
    nothing = {name: value for name, value in REDACTED.items() if name != "resource_changes"}
    assert reading.read(nothing).resources == ()


def test_a_bookmark_of_a_plan_is_told_from_a_plan() -> None:
    bookmark = {"remote_plan_format": 1, "run_id": "run-GXfuHMkbyHccAGUg", "hostname": "app.terraform.io"}
    failure = refused(json.dumps(bookmark).encode())
    assert "bookmark" in failure.message and "admin" in failure.next_step


def test_an_encrypted_plan_of_opentofu_is_told_from_a_state() -> None:
    encrypted = {"meta": {"key_provider.pbkdf2.key": "e30="}, "encrypted_data": "aGVsbG8=", "encryption_version": "v0"}
    for more in ({}, {"serial": 1, "lineage": "x", "version": 4}):
        failure = refused(json.dumps(encrypted | more).encode())
        assert failure.message == "this is encrypted by OpenTofu"
        assert failure.next_step.startswith("tofu show -json PLAN")


def test_a_plan_of_opentofu_says_so_in_its_report() -> None:
    of_tofu = change("aws_vpc", {"cidr_block": "10.0.0.0/16"}, provider_name="registry.opentofu.org/hashicorp/aws")
    result = review(reading.read(plan(of_tofu, timestamp="2026-05-01T10:00:00Z") | {"terraform_version": "1.10.6"}))
    assert "OpenTofu 1.10.6" in html.render(result)
    assert "Terraform 1.10.6" not in html.render(result)


def test_parsing_alone_gives_the_json() -> None:
    assert parse.parse(WRAPPED.encode(), "x") == json.loads(WHOLE)


@pytest.mark.parametrize("name", [*make.names()])
def test_a_file_is_read_like_all_of_its_json(name: str) -> None:
    text = make.committed(name)
    assert reading.read_bytes(text.encode(), "plan.json") == reading.read(json.loads(text))


def _with_state(state: str) -> str:
    return f'{{"format_version": "1.2", "resource_changes": [], "prior_state": {{"values": {state}}}}}'


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ('{"password": "hidden-1", "other": "shown-1"}', '{"password": true}'),
        ('{"password": "hidden-1", "other": "shown-1"}', '{"gone": true, "password": true}'),
        ('{"block": [{"password": "hidden-1"}, {"other": "shown-1"}]}', '{"block": [{"password": true}, {}]}'),
        ('{"block": [{"password": "hidden-1"}]}', '{"block": [{}, {"password": true}]}'),
        ('{"password": "hidden-1", "half": "\\ud800"}', '{"password": true, "half": true}'),
        ('{"password": "hidden-1", "much": 1e999}', '{"password": true, "much": true}'),
        ('{"map": {"a": "hidden-1", "b": null}, "other": "shown-1"}', '{"map": true}'),
        ('["hidden-1"]', '{"password": true}'),
        ("null", '{"password": true}'),
        ('{"other": "shown-1"}', "{}"),
        ('{"other": "hidden-1"}', "true"),
    ],
)
@pytest.mark.parametrize("inside", ['{"resources": [%s]}', '{"child_modules": [{"resources": [%s]}]}'])
def test_what_is_marked_in_a_state_is_searched_for(values: str, marks: str, inside: str) -> None:
    module = inside % f'{{"address": "a.b", "values": {values}, "sensitive_values": {marks}}}'
    text = _with_state(f'{{"root_module": {module}}}')
    read = reading.read_bytes(text.encode(), "plan.json")
    assert read.secrets == reading.read(json.loads(text)).secrets
    assert ("hidden-1" in read.secrets) == ("hidden-1" in text)
    assert "shown-1" not in read.secrets


@pytest.mark.parametrize("state", ["7", '{"root_module": 7}', '{"root_module": {"resources": [1]}}'])
def test_a_state_of_another_kind_is_refused(state: str) -> None:
    assert refused(_with_state(state).encode()).message == "the plan is not as Terraform writes it"


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "-Infinity",
        "1e999",
        "-0",
        "0.1",
        "123456789012345678901",
        "1e22",
        '"\\ud800"',
        '{"a": 1, "a": 2}',
        " [1] ",
    ],
)
def test_json_is_read_as_python_reads_it(text: str) -> None:
    assert repr(loads(text)) == repr(loads(text.encode())) == repr(json.loads(text))


@pytest.mark.parametrize("text", ["", "[1,]", "01", '"\t"', "{", "[" * 100_000, "9" * 5_000])
def test_what_python_does_not_read_is_no_json(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json.loads(text)
    with pytest.raises((ValueError, RecursionError)):
        loads(text)
