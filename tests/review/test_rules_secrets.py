"""Secrets in plain text: found by name and by form, never shown, and no setting taken for one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Context, Finding, Resource, Severity
from orchestrator.review.reading.reading import read
from orchestrator.review.review import review
from orchestrator.review.rules.facts import secret_shapes
from orchestrator.review.rules.facts.secret_places import plain
from orchestrator.review.rules.facts.secret_shapes import Kind, is_secret_name, secret_kind, secrets_in
from orchestrator.review.rules.kit.discovery import group
from orchestrator.review.values import Sensitive
from tests.review.plans import change, findings, plan

RULES = group("secrets")

VALUE = "Zq8!vK2w-Lm4"
GITHUB = "ghp_" + "a1B2" * 9


def found(*changes: dict[str, Any]) -> list[Finding]:
    return findings(RULES, plan(*changes))


def plain_secrets(resource: Resource) -> frozenset[str]:
    """The texts in a resource that are taken for secrets, before and after."""
    found = [*plain(resource.type, resource.before), *plain(resource.type, resource.after)]
    return frozenset(item.text for item in found if item.text and item.kind is Kind.SECRET)


def of(*changes: dict[str, Any]) -> list[str]:
    return [str(one.severity) for one in found(*changes)]


def task(**environment: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in environment.items()]
    return {"container_definitions": json.dumps([{"name": "web", "image": "web:1", "environment": listed}])}


def function(**variables: str) -> dict[str, Any]:
    return {"function_name": "f", "environment": [{"variables": variables}]}


PLACES = [
    ("aws_ecs_task_definition.t", lambda name, value: task(**{name: value})),
    ("aws_lambda_function.f", lambda name, value: function(**{name: value})),
    (
        "aws_codebuild_project.p",
        lambda name, value: {
            "environment": [{"environment_variable": [{"name": name, "value": value, "type": "PLAINTEXT"}]}]
        },
    ),
    (
        "aws_elastic_beanstalk_environment.e",
        lambda name, value: {
            "setting": [{"namespace": "aws:elasticbeanstalk:application:environment", "name": name, "value": value}]
        },
    ),
    ("aws_instance.i", lambda name, value: {"user_data": f"#!/bin/sh\nexport {name}='{value}'\n./run\n"}),
    (
        "aws_launch_template.l",
        lambda name, value: {"user_data": base64.b64encode(f"#!/bin/sh\n{name}={value} ./run\n".encode()).decode()},
    ),
    (
        "google_cloud_run_v2_service.s",
        lambda name, value: {"template": [{"containers": [{"env": [{"name": name, "value": value}]}]}]},
    ),
    ("azurerm_linux_web_app.a", lambda name, value: {"app_settings": {name: value}}),
    ("aws_cloudformation_stack.s", lambda name, value: {"parameters": {name: value}}),
    (
        "kubernetes_deployment.d",
        lambda name, value: {
            "spec": [{"template": [{"spec": [{"container": [{"env": [{"name": name, "value": value}]}]}]}]}]
        },
    ),
]


@pytest.mark.parametrize(("address", "values"), PLACES, ids=[address for address, _ in PLACES])
def test_a_secret_is_found_wherever_it_is_given_to_a_program(address: str, values: Any) -> None:
    assert of(change(address, None, values("DB_PASSWORD", VALUE))) == ["high"]
    assert of(change(address, values("LOG_LEVEL", "debug"), values("DB_PASSWORD", VALUE))) == ["high"]
    assert of(change(address, None, values("LOG_LEVEL", "verbose-and-long"))) == []


@pytest.mark.parametrize(("address", "values"), PLACES, ids=[address for address, _ in PLACES])
def test_a_finding_names_the_variable_and_never_shows_anything_of_the_value(address: str, values: Any) -> None:
    given_plan = plan(change(address, values("DB_PASSWORD", "old-" + VALUE), values("DB_PASSWORD", VALUE)))
    (one,) = findings(RULES, given_plan)
    assert "DB_PASSWORD" in one.reason
    assert isinstance(one.before, Sensitive) and isinstance(one.after, Sensitive)
    assert VALUE not in repr(one)
    (resource,) = given_plan.resources
    assert {VALUE, "old-" + VALUE} <= plain_secrets(resource)


def test_what_was_there_before_and_is_not_touched_is_no_finding() -> None:
    before, after = task(DB_PASSWORD=VALUE), task(DB_PASSWORD=VALUE, LOG_LEVEL="debug")
    assert of(change("aws_ecs_task_definition.t", before, after, replaced=True)) == []
    assert of(change("aws_ecs_task_definition.t", before, None)) == []


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "dbPassword",
        "PGPASSWORD",
        "API_KEY",
        "apiKey",
        "API_KEY_2",
        "SECRET",
        "STRIPE_SECRET_KEY",
        "TOKEN",
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "PRIVATE_KEY",
        "JWT_SIGNING_KEY",
        "DB_CREDENTIALS",
        "passphrase",
        "DB_PWD",
    ],
)
def test_names_that_say_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD_ARN",
        "SECRET_NAME",
        "TOKEN_FILE",
        "PRIVATE_KEY_PATH",
        "TOKEN_URL",
        "AWS_ACCESS_KEY_ID",
        "TOKEN_TTL",
        "MAX_TOKENS",
        "TOKEN_EXPIRY",
        "PASSWORD_MIN_LENGTH",
        "SECRETS_MANAGER_REGION",
        "PUBLIC_KEY",
        "KEYBOARD",
        "MONKEY",
        "TOKENIZER",
        "SECRETARY",
        "PASSENGER",
        "USE_TOKEN",
        "TOKEN_EXPIRY_SECONDS",
        "PARTITION_KEY",
        "SORT_KEY",
        "",
        "123",
    ],
)
def test_names_that_only_sound_like_it(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (VALUE, Kind.SECRET),
        ("postgres", Kind.SECRET),
        ("test", Kind.DUMMY),
        ("changeme", Kind.DUMMY),
        ("", None),
        ("true", None),
        ("3600", None),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db", None),
        ("{{resolve:secretsmanager:db:SecretString:password}}", None),
        ("${DB_PASSWORD}", None),
        ("/run/secrets/db", None),
        ("/dev/null", None),
        ("@Microsoft.KeyVault(SecretUri=https://x)", None),
        ("https://auth.example.com/token", None),
        ("https://user:Zq8vK2wLm4@example.com/", Kind.SECRET),
        ("projects/p/secrets/s/versions/1", None),
    ],
)
def test_values_that_are_references_or_settings_are_no_secrets(value: str, kind: Kind | None) -> None:
    assert secret_kind(value) is kind


@pytest.mark.parametrize(
    "value",
    [
        "AKIA" + "ABCD1234EFGH5678",
        GITHUB,
        "xoxb-" + "1234567890-abcdef",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-def",
        "postgres://app:Zq8vK2wLm4@db.internal:5432/app",
        "Server=db;User Id=app;Password=Zq8vK2wLm4;",
        "sk_live_" + "abcdefghijklmnop1234",
    ],
)
def test_a_secret_is_known_by_its_form_whatever_the_name(value: str) -> None:
    assert of(change("aws_lambda_function.f", None, function(SETTING=value))) == ["high"]
    (resource,) = plan(change("aws_lambda_function.f", None, function(SETTING=value))).resources
    assert any(secret in value for secret in plain_secrets(resource))


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com/a:b@c",
        "postgres://app@db/app",
        "postgres://app:${PASSWORD}@db/app",
        "sha256:" + "a1" * 32,
        "s3://bucket/key",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "key=value;other=1",
        "redis://:@cache:6379",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:" + "0f" * 32,
    ],
)
def test_what_only_looks_like_it_is_no_secret(value: str) -> None:
    assert secrets_in(value) == []
    assert of(change("aws_lambda_function.f", None, function(SETTING=value))) == []


def test_a_dummy_value_is_at_most_low_and_is_not_taken_out_of_other_texts() -> None:
    given_plan = plan(
        change("aws_ecs_task_definition.t", None, task(AWS_SECRET_ACCESS_KEY="test", AWS_ACCESS_KEY_ID="test"))
    )
    assert [str(one.severity) for one in findings(RULES, given_plan)] == ["low"]
    assert plain_secrets(given_plan.resources[0]) == frozenset()


def test_a_reference_to_a_secret_is_no_finding() -> None:
    container = {
        "name": "web",
        "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}],
        "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hub"},
    }
    task_values = {"container_definitions": json.dumps([container])}
    assert of(change("aws_ecs_task_definition.t", None, task_values)) == []
    codebuild = {"name": "DB_PASSWORD", "value": "prod/db-password", "type": "SECRETS_MANAGER"}
    values = {"environment": [{"environment_variable": [codebuild]}]}
    assert of(change("aws_codebuild_project.p", None, values)) == []


def test_a_value_that_terraform_hides_is_in_the_open_all_the_same() -> None:
    sensitive = {"environment": [{"variables": {"DB_PASSWORD": True}}]}
    given_plan = plan(change("aws_lambda_function.f", None, function(DB_PASSWORD=VALUE), sensitive=sensitive))
    assert [str(one.severity) for one in findings(RULES, given_plan)] == ["high"]
    assert plain_secrets(given_plan.resources[0]) == frozenset()
    whole = plan(change("aws_ecs_task_definition.t", None, task(X=VALUE), sensitive={"container_definitions": True}))
    assert [str(one.severity) for one in findings(RULES, whole)] == ["high"]


def test_a_parameter_named_like_a_secret_needs_to_be_a_secure_string() -> None:
    values = {"name": "/prod/db/password", "type": "String", "value": VALUE}
    hidden = {"value": True}
    assert of(change("aws_ssm_parameter.p", None, values, sensitive=hidden)) == ["high"]
    assert of(change("aws_ssm_parameter.p", None, {**values, "type": "SecureString"}, sensitive=hidden)) == []
    assert of(change("aws_ssm_parameter.p", None, {**values, "name": "/prod/db/host"}, sensitive=hidden)) == []


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("terraform_data.d", {"input": {"password": VALUE}}),
        ("random_password.p", {"length": 20, "keepers": {"password": VALUE}}),
        ("aws_db_parameter_group.g", {"parameter": [{"name": "password_encryption", "value": "scram-sha-256"}]}),
        ("aws_dynamodb_table.t", {"attribute": [{"name": "token", "type": "S"}], "hash_key": "token"}),
        ("aws_s3_bucket.b", {"bucket": "b", "tags": {"token": "billing-team", "secret": "no-secrets-here"}}),
        ("aws_cognito_user_pool_client.c", {"token_validity_units": [{"access_token": "hours"}]}),
        ("aws_lb_listener.l", {"default_action": [{"type": "fixed-response"}]}),
    ],
)
def test_what_is_no_setting_of_a_program_is_left_alone(address: str, values: dict[str, Any]) -> None:
    assert of(change(address, None, values)) == []


def test_what_is_known_only_after_apply_is_medium_if_it_is_named_like_a_secret() -> None:
    unknown = {"environment": [{"variables": {"DB_PASSWORD": True, "DB_HOST": True}}]}
    assert of(change("aws_lambda_function.f", None, function(), unknown=unknown)) == ["medium"]
    unknown = {"environment": [{"variables": {"DB_PASSWORD_ARN": True, "DB_HOST": True}}]}
    assert of(change("aws_lambda_function.f", None, function(), unknown=unknown)) == []
    assert of(change("aws_ecs_task_definition.t", None, {}, unknown={"container_definitions": True})) == []


def test_a_sensitive_text_inside_of_an_address_is_a_secret_and_alone_only_may_be_one() -> None:
    hidden = change("aws_db_instance.d", None, {"password": VALUE}, sensitive={"password": True})
    address = change("aws_lambda_function.f", None, function(DATABASE=f"postgres://app:{VALUE}@db/app"))
    alone = change("aws_lambda_function.f", None, function(DATABASE=VALUE))
    assert of(hidden, address) == ["high"]
    assert of(hidden, alone) == ["medium"]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "environment", "type", "user_data", "password"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["environment", "user_data", "x"]), ANY, max_size=3))
def test_whatever_stands_in_a_resource_nothing_is_raised(values: dict[str, Any]) -> None:
    found(change("aws_lambda_function.f", None, values))


def _function(variables: Any, marks: Any, before: Any = None) -> Finding | None:
    old = None if before is None else {"environment": [{"variables": before}]}
    entry = change("aws_lambda_function.f", old, {"environment": [{"variables": variables}]})
    entry["change"]["after_sensitive"] = {"environment": [{"variables": marks}]}
    entry["change"]["before_sensitive"] = {"environment": [{"variables": marks}]} if before == variables else {}
    found = [it for it in review(plan(entry)).findings if it.rule == "secret-in-plain-text"]
    return found[0] if found else None


def test_a_value_that_terraform_marks_is_a_secret_whatever_its_variable_is_called() -> None:
    values = {"UPSTREAM": "x9-abc-def", "LEVEL": "info"}
    told = _function(values, {"UPSTREAM": True})
    assert told is not None
    assert told.severity is Severity.HIGH
    assert "UPSTREAM" in told.reason and "LEVEL" not in told.reason and "x9-abc-def" not in repr(told)
    assert _function(values, {"UPSTREAM": True}, {"LEVEL": "debug"}) is not None
    assert _function(values, {"UPSTREAM": True}, values) is None, "it was there before"
    assert _function(values, {}) is None
    assert _function(values, True) is not None


@pytest.mark.parametrize(
    ("entry", "fires"),
    [({"name": "UPSTREAM", "value": "x9-abc-def"}, True), ({"name": "LEVEL", "value": "info"}, False)],
)
def test_the_variable_is_named_in_container_definitions_that_are_hidden_as_a_whole(
    entry: dict[str, str], fires: bool
) -> None:
    def definitions(*environment: dict[str, str]) -> dict[str, str]:
        return {"container_definitions": json.dumps([{"name": "web", "image": "a:1", "environment": environment}])}

    raw = change(
        "aws_ecs_task_definition.web", definitions(), definitions(entry), sensitive={"container_definitions": True}
    )
    shown = {
        "format_version": "1.2",
        "resource_changes": [raw],
        "variables": {"upstream": {"value": "x9-abc-def"}},
        "configuration": {"root_module": {"variables": {"upstream": {"sensitive": True}}}},
    }
    found = [it for it in review(read(shown)).findings if it.rule == "secret-in-plain-text"]
    assert ["UPSTREAM" in it.reason and "secrets" in it.advice for it in found] == [True] * fires
    assert "x9-abc-def" not in repr(found)


@given(st.from_regex(secret_shapes._HINT, fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_whatever_the_expression_finds_has_one_of_the_words_that_are_looked_for_first(text: str) -> None:
    assert any(word in text.lower() for word in secret_shapes._HINTS)


@pytest.mark.parametrize(
    ("variables", "is_told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "test"}, False),
        ({"DB_PASSWORD": "test"}, True),
        ({"AWS_SECRET_ACCESS_KEY": "test", "DB_PASSWORD": "test"}, True),
        ({"AWS_SECRET_ACCESS_KEY": VALUE}, True),
    ],
)
def test_a_placeholder_that_has_to_be_there_is_no_finding(variables: dict[str, str], is_told: bool) -> None:
    given_plan = plan(change("aws_ecs_task_definition.t", None, task(**variables)))
    here = Context(placeholders=frozenset({"AWS_SECRET_ACCESS_KEY"}))
    rules = [item.rule for item in review(given_plan, context=here).findings]
    assert ("secret-in-plain-text" in rules) is is_told
    assert "secret-in-plain-text" in [item.rule for item in review(given_plan).findings]


def test_a_finding_of_stand_ins_alone_names_them_in_whatever_words_it_tells_of_them() -> None:
    (one,) = found(change("aws_lambda_function.f", None, function(DB_PASSWORD="test", API_TOKEN="changeme")))
    assert one.stand_ins == {"DB_PASSWORD", "API_TOKEN"}
    (worse,) = found(change("aws_lambda_function.f", None, function(DB_PASSWORD="test", API_TOKEN=GITHUB)))
    assert worse.stand_ins == frozenset()


def test_a_placeholder_in_two_containers_of_one_task_is_no_finding() -> None:
    variables = [{"name": "AWS_SECRET_ACCESS_KEY", "value": "test"}]
    containers = [{"name": name, "image": "web:1", "environment": variables} for name in ("web", "beside")]
    given_plan = plan(change("aws_ecs_task_definition.t", None, {"container_definitions": json.dumps(containers)}))
    here = Context(placeholders=frozenset({"AWS_SECRET_ACCESS_KEY"}))
    assert [item.rule for item in review(given_plan, context=here).findings] == []
