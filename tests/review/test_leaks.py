"""Secrets on ways on which they could come into a report although their own place is masked."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.review.model import Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html as html_report
from orchestrator.review.render import json as json_report
from orchestrator.review.render import markdown, terminal
from orchestrator.review.review import review
from orchestrator.review.secrets import left_open, sensitive_texts
from orchestrator.review.secrets.scrub import Scrubber
from tests.review.plans import change

RENDERINGS: tuple[Callable[[Review], str], ...] = (
    lambda it: terminal.render(it, width=60),
    markdown.render,
    html_report.render,
    json_report.render,
)


def reviewed(*changes: dict[str, Any], **more: Any) -> Review:
    return review(read({"format_version": "1.2", "resource_changes": list(changes)} | more))


def assert_absent(of: Review, *texts: str) -> None:
    for render in RENDERINGS:
        shown = render(of)
        assert not [text for text in texts if text in shown]


def container(value: str) -> str:
    return json.dumps([{"name": "web", "image": "a:1", "environment": [{"name": "DB_PASSWORD", "value": value}]}])


PLACES: tuple[tuple[str, Callable[[str], dict[str, Any]]], ...] = (
    ("aws_ecs_task_definition.a", lambda word: {"container_definitions": container(word)}),
    ("aws_lambda_function.a", lambda word: {"environment": [{"variables": {"DB_PASSWORD": word}}]}),
    ("aws_instance.a", lambda word: {"user_data": f"#!/bin/sh\nexport DB_PASSWORD={word}\nrun\n"}),
    ("aws_lambda_function.a", lambda word: {"environment": [{"variables": {"URL": f"redis://user:{word}@host/"}}]}),
    ("aws_ssm_parameter.a", lambda word: {"name": "/db/password", "type": "String", "insecure_value": word}),
)


@pytest.mark.parametrize(("address", "values"), PLACES)
@pytest.mark.parametrize("before", [None, {}, "administrator"])
@pytest.mark.parametrize("word", ["postgres", "s3cretButNotMarked"])
def test_a_secret_in_the_open_is_not_shown_even_if_it_is_a_common_word(
    address: str, values: Callable[[str], dict[str, Any]], before: Any, word: str
) -> None:
    old = values(before) if isinstance(before, str) else before
    found = reviewed(change(address, old, values(word)))
    assert "secret-in-plain-text" in {item.rule for item in found.findings}
    assert_absent(found, word, "administrator")


def test_a_common_word_is_hidden_only_where_it_is_the_secret() -> None:
    values = {"container_definitions": container("postgres"), "family": "postgres"}
    assert "postgres" in json_report.render(reviewed(change("aws_ecs_task_definition.a", {"family": "old"}, values)))


def test_a_rule_that_quotes_a_value_does_not_show_the_beginning_of_a_secret_in_the_open() -> None:
    source = f"{'x' * 20} https://user:Sup3rSecretValue{'0123456789' * 5}@host/"
    raw = change("aws_db_instance.a", {"snapshot_identifier": "a"}, {"snapshot_identifier": source}, replaced=True)
    raw["change"]["replace_paths"] = [["snapshot_identifier"]]
    raw["action_reason"] = "replace_because_cannot_update"
    found = reviewed(raw)
    assert {"data-replaced", "secret-in-plain-text"} <= {item.rule for item in found.findings}
    assert_absent(found, "Sup3rSecret")


def test_a_secret_in_the_open_is_taken_out_of_addresses_imports_and_checks() -> None:
    secret = "Sup3rSecret99"
    values = {"environment": [{"variables": {"DB_PASSWORD": secret}}]}
    raw = change(f'aws_lambda_function.a["{secret}"]', None, values)
    raw |= {"index": secret, "previous_address": f'aws_lambda_function.b["{secret}"]'}
    raw |= {"module_address": f'module.m["{secret}"]'}
    raw["change"]["importing"] = {"id": f"f/{secret}"}
    check = {"address": {"to_display": f'check.a["{secret}"]'}, "status": "fail",
             "instances": [{"status": "fail", "problems": [{"message": f"not {secret}"}]}]}  # fmt: skip
    found = reviewed(raw, checks=[check])
    assert_absent(found, secret)
    assert {item.address for item in found.findings} == {found.plan.resources[0].address}


def test_what_cannot_be_looked_through_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("orchestrator.review.secrets.unmarked_secrets.plain", fails)
    assert_absent(reviewed(change("aws_x.a", {"p": "before-it"}, {"p": "after-it"})), "before-it", "after-it")


@pytest.mark.parametrize(
    "text", ["my-dog-spot-7", "admin:SuperSecretPhrase", "user:Hunter", "98765432101", "x-large-cat-1"]
)
def test_what_only_looks_like_a_region_or_an_action_is_searched_for(text: str) -> None:
    found = reviewed(change("aws_x.a", None, {"p": text, "q": f"is {text}"}, sensitive={"p": True}))
    assert_absent(found, text)


@pytest.mark.parametrize("text", ["eu-west-1", "us-gov-east-1a", "ap-southeast-4", "s3:GetObject", "dynamodb:*"])
def test_regions_and_actions_are_not_searched_for(text: str) -> None:
    assert sensitive_texts.worth_searching([text], ()) == frozenset()


def test_a_sensitive_number_is_found_in_texts_and_as_a_number() -> None:
    values = {"p": 9876543210123, "q": "is 9876543210123", "r": [9876543210123]}
    assert_absent(reviewed(change("aws_x.a", None, values, sensitive={"p": True})), "9876543210123")


def test_settings_in_a_sensitive_document_are_secrets_themselves() -> None:
    document = 'user: application\npassword: hunter2Secret9\nnested:\n  - api_token: "t0ken-t0ken"\n'
    assert {"hunter2Secret9", "t0ken-t0ken"} <= set(sensitive_texts.leaves(document))
    assert "application" not in set(sensitive_texts.leaves(document))


def test_a_template_in_an_address_is_known_in_the_way_that_terraform_writes_it() -> None:
    secret = "ab${cd}%{ef}-Secret"
    raw = change('aws_x.a["ab$${cd}%%{ef}-Secret"]', None, {"p": secret}, sensitive={"p": True})
    assert_absent(reviewed(raw), "ef}-Secret")


def test_a_secret_with_half_of_a_character_is_found() -> None:
    assert Scrubber(["abc\ud800defgh"]).text("x abc\ud800defgh y") == "x (sensitive) y"


def test_a_long_secret_is_found_in_base64() -> None:
    script = "".join(f"echo line {number} of a secret script\n" for number in range(100))
    for before in ("", "a", "ab", "abc"):
        written = base64.b64encode(f"{before}{script}".encode()).decode()
        assert Scrubber([script]).text(f"is {written}.") == "is (sensitive)."


def test_values_of_a_resource_that_is_hidden_as_a_whole_are_hidden_one_by_one() -> None:
    found = reviewed(change("aws_x.a", {"p": "old-value"}, {"p": "new-value"}, sensitive=True))
    assert_absent(found, "old-value", "new-value")
    assert [item.path for item in found.plan.resources[0].differences] == [("p",)]


def test_what_an_action_is_given_is_masked() -> None:
    invocation = {"address": "action.aws_lambda_invoke.a", "config_values": {"payload": "s3cretPayload"},
                  "config_sensitive": {"payload": True}}  # fmt: skip
    found = reviewed(change("aws_x.a", {"p": 1}, {"p": "s3cretPayload"}), action_invocations=[invocation])
    assert "s3cretPayload" not in repr(found.plan)
    assert_absent(found, "s3cretPayload")


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in left_open.ATTRIBUTES.items() for name in names]
)
@pytest.mark.parametrize("after", [None, {"name": "a", "expiration_date": "2027-02-28T12:00:00Z"}])
def test_a_secret_that_the_provider_leaves_open_is_not_shown(
    kind: str, name: str, after: dict[str, Any] | None
) -> None:
    word = "cY2d9xTTfkWq0B+Lr7ag"
    before = {"name": "a", "expiration_date": "2027-01-31T12:00:00Z", name: word}
    found = reviewed(change(f"{kind}.a", before, after), output_changes={"all": {
        "actions": ["update"], "before": f"code={word}", "after": None, "after_unknown": True}})  # fmt: skip
    assert_absent(found, word)
    drift = {"resource_drift": [change(f"{kind}.a", before, {**before, name: f"{word}2"})]}
    assert_absent(reviewed(**drift), word)


def test_labels_come_out_whole_and_keys_and_values_that_are_secret_do_not() -> None:
    secret = {"name": "/db/user", "type": "SecureString", "value": "acme"}
    stays = change("aws_ssm_parameter.db", None, secret)
    stays["change"]["after_sensitive"] = {"value": True}
    bucket = change("module.acme-logs.aws_s3_bucket.acme_logs", {"bucket": "acme-logs", "force_destroy": True}, None)
    keyed = change('module.web["acme"].aws_s3_bucket.logs["acme"]', {"bucket": "logs of acme"}, None)
    found = reviewed(stays, bucket | {"module_address": "module.acme-logs"}, keyed)
    labels = r"module\.(?:<wbr>)?acme-logs|aws_s3_bucket\.(?:<wbr>)?acme_logs|s3_bucket acme_logs|>acme_logs<"
    for render in RENDERINGS:
        whole = render(found)
        assert "acme" not in re.sub(labels, "", whole)
        assert "acme_logs" in whole and "acme-logs" in whole
    assert "(sensitive)_logs" not in "".join(render(found) for render in RENDERINGS)


def test_a_label_that_stands_in_a_reason_is_whole_beside_a_secret_that_nobody_marked() -> None:
    function = change("aws_lambda_function.a", None, {"environment": [{"variables": {"DB_PASSWORD": "hunter2acme"}}]})
    bucket = change("aws_s3_bucket.hunter2acme_logs", {"bucket": "hunter2acme-logs"}, None)
    found = reviewed(function, bucket)
    advice = next(item.advice for item in found.findings if item.rule == "data-destroyed")
    assert "from = aws_s3_bucket.hunter2acme_logs," in advice
    assert 'bucket "(sensitive)-logs"' in next(it.reason for it in found.findings if it.rule == "data-destroyed")
