"""Secrets looked at in an emulated AWS: what is found, what is missing, and that no value is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.doctor import aws_checks
from orchestrator.errors import Failure
from orchestrator.project import manifest
from orchestrator.project.manifest import Service
from orchestrator.secrets import checking
from orchestrator.system import paths

MANIFEST = """\
paths: [/]
secrets:
  API_KEY: /shop/api-key
  DB_PASSWORD: {secret: prod/db, key: password}
environments:
  blue:
    secrets:
      API_KEY: /shop/blue/api-key
"""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """A checkout with one service that names two secrets."""
    (tmp_path / "services" / "shop").mkdir(parents=True)
    (tmp_path / "services" / "shop" / "service.yaml").write_text(MANIFEST)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return manifest.load(tmp_path / "services", environment="blue")


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    """An account with nothing in it."""
    return emulated("blue")


def make(aws: Aws, **key: str) -> None:
    """The two secrets, encrypted with the key, if one is given."""
    ssm = {"KeyId": key["id"]} if key else {}
    manager = {"KmsKeyId": key["id"]} if key else {}
    aws.client("ssm").put_parameter(Name="/shop/blue/api-key", Value="x", Type="SecureString", **ssm)
    aws.client("secretsmanager").create_secret(Name="prod/db", SecretString='{"password": "x"}', **manager)


def keys(services: Sequence[Service]) -> dict[str, str | None]:
    return {name: secret.kms_key for service in services for name, secret in service.secrets.items()}


def test_what_is_missing_stops_a_deploy_with_file_line_and_command(aws: Aws, services: list[Service]) -> None:
    with pytest.raises(Failure) as failed:
        checking.checked(aws, services, Console(live=False))
    account = aws.environment.account_id
    where = f"account {account}, us-east-1"
    assert failed.value.reason.splitlines() == [
        f"services/shop/service.yaml:8: API_KEY of shop: there is no SSM parameter /shop/blue/api-key in {where}",
        f"services/shop/service.yaml:4: DB_PASSWORD of shop: there is no secret prod/db in {where}",
    ]
    first = failed.value.next_step.splitlines()[0]
    assert first.startswith(f"AWS_ENDPOINT_URL={aws.endpoint} AWS_ACCESS_KEY_ID={account} AWS_SECRET_ACCESS_KEY=test ")
    assert "aws ssm put-parameter --type SecureString --name /shop/blue/api-key" in first


def test_a_parameter_at_the_root_of_the_hierarchy_has_no_slash(aws: Aws, services: list[Service]) -> None:
    text = f"paths: [/]\nsecrets: {{BY_NAME: token, BY_ARN: '{_arn(aws, 'parameter/token')}'}}\n"
    (services[0].folder / "service.yaml").write_text(text)
    named = manifest.load(services[0].folder.parent, environment="blue")
    with pytest.raises(Failure) as failed:
        checking.checked(aws, named, Console(live=False))
    assert " put-parameter --type SecureString --name token " in failed.value.next_step
    aws.client("ssm").put_parameter(Name="token", Value="x", Type="SecureString")
    assert keys(checking.checked(aws, named, Console(live=False))) == {"BY_NAME": None, "BY_ARN": None}


def _arn(aws: Aws, resource: str) -> str:
    return f"arn:aws:ssm:{aws.environment.region}:{aws.environment.account_id}:{resource}"


def test_only_the_services_that_are_deployed_are_stopped(
    aws: Aws, services: list[Service], capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(checking.checked(aws, services, Console(live=False), strict=())) == {
        "API_KEY": None,
        "DB_PASSWORD": None,
    }
    assert "warning: services/shop/service.yaml:8: API_KEY of shop: there is no" in capsys.readouterr().err


def test_what_aws_s_own_key_encrypts_needs_no_key(
    aws: Aws, services: list[Service], capsys: pytest.CaptureFixture[str]
) -> None:
    make(aws)
    assert keys(checking.checked(aws, services, Console(live=False))) == {"API_KEY": None, "DB_PASSWORD": None}
    said = capsys.readouterr().err
    assert "whether the secret prod/db has the key 'password' is not checked" in said
    assert "2 looked at, no value read" in said


@pytest.mark.parametrize("named", ["id", "arn", "alias"])
def test_the_key_is_found_whatever_it_is_named_by_and_terraform_gets_its_arn(
    aws: Aws, services: list[Service], named: str
) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]
    aws.client("kms").create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    make(aws, id={"id": key["KeyId"], "arn": key["Arn"], "alias": "alias/shop"}[named])
    found = checking.checked(aws, services, Console(live=False))
    given = manifest.for_terraform(found)["services"]["shop"]["secrets"]
    assert {name: secret["kms_key"] for name, secret in given.items()} == {
        "API_KEY": key["Arn"],
        "DB_PASSWORD": key["Arn"],
    }


def test_what_is_being_deleted_and_what_has_no_value_is_refused(aws: Aws, services: list[Service]) -> None:
    make(aws)
    aws.client("secretsmanager").delete_secret(SecretId="prod/db", RecoveryWindowInDays=7)
    with pytest.raises(Failure) as failed:
        checking.checked(aws, services, Console(live=False))
    assert "the secret prod/db is being deleted since" in failed.value.reason
    assert " restore-secret --secret-id prod/db " in failed.value.next_step


def test_a_disabled_key_is_refused(aws: Aws, services: list[Service]) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]
    make(aws, id=key["KeyId"])
    aws.client("kms").disable_key(KeyId=key["KeyId"])
    with pytest.raises(Failure) as failed:
        checking.checked(aws, services, Console(live=False))
    assert failed.value.reason.count("which is disabled") == 2


def test_a_place_that_cannot_be_asked_is_a_warning(
    aws: Aws, services: list[Service], capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = Aws(aws.environment, "http://127.0.0.1:9", {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    checking.checked(nowhere, services, Console(live=False))
    assert capsys.readouterr().err.count("was not looked at: nothing takes connections at 127.0.0.1") == 2


def test_doctor_says_how_many_there_are_or_what_is_missing(aws: Aws, services: list[Service]) -> None:
    with pytest.raises(Failure, match="2 secrets could not be read"):
        aws_checks.found_secrets(aws, services)
    make(aws)
    assert aws_checks.found_secrets(aws, services) == "2 named by manifests"
    assert aws_checks.found_secrets(aws, []) == "none"


def test_no_call_that_answers_with_a_value_is_made(aws: Aws, services: list[Service]) -> None:
    make(aws)
    asked: set[str] = set()
    for name in ("ssm", "secretsmanager", "kms"):
        aws.client(name).meta.events.register("before-call", lambda model, **_: asked.add(model.name))
    checking.checked(aws, services, Console(live=False))
    assert {"DescribeParameters", "DescribeSecret"} <= asked <= {"DescribeParameters", "DescribeSecret", "DescribeKey"}


def test_without_secrets_aws_is_not_asked(services: list[Service]) -> None:
    plain = [service for service in services if not service.secrets]
    assert checking.checked(None, plain, Console(live=False)) == []  # type: ignore[arg-type]
