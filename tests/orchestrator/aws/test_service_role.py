"""The role by which ECS acts in an account, in accounts that have not used ECS yet and in others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from orchestrator.aws import service_role
from orchestrator.aws.session import Aws
from orchestrator.console import Stage


def test_an_account_that_is_new_to_ecs_gets_it_once(emulated: Callable[..., Aws], stage: Stage) -> None:
    aws = emulated()
    assert service_role.exists(aws) is False
    assert service_role.ensure(aws, stage) is True
    # MiniStack gives it another name than AWS.
    aws.client("iam").create_role(
        RoleName=service_role.NAME, Path=service_role.PATH, AssumeRolePolicyDocument=json.dumps({"Statement": []})
    )
    assert service_role.exists(aws) is True
    assert service_role.ensure(aws, stage) is False


def refusing(aws: Aws, *answers: tuple[str, str, dict[str, Any]], found: bool = True) -> Stubber:
    """IAM answers these calls with these errors, in this order: the emulated one refuses nobody."""
    stubber = Stubber(aws.client("iam"))
    if not found:
        stubber.add_client_error("get_role", "NoSuchEntity", expected_params=LOOKED)
    for operation, code, wanted in answers:
        stubber.add_client_error(operation, code, expected_params=wanted)
    return stubber


LOOKED, MADE = {"RoleName": service_role.NAME}, {"AWSServiceName": service_role.SERVICE}


def test_credentials_that_may_not_look_change_nothing(emulated: Callable[..., Aws], stage: Stage) -> None:
    aws = emulated()
    with refusing(aws, ("get_role", "AccessDenied", LOOKED)) as stubber:
        assert service_role.ensure(aws, stage) is False
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(("code", "said"), [("AccessDenied", True), ("InvalidInput", False)])
def test_what_cannot_be_made_is_left_to_the_first_cluster(
    emulated: Callable[..., Aws], capsys: pytest.CaptureFixture[str], stage: Stage, code: str, said: bool
) -> None:
    aws = emulated()
    with refusing(aws, ("create_service_linked_role", code, MADE), found=False) as stubber:
        assert service_role.ensure(aws, stage) is False
        stubber.assert_no_pending_responses()
    assert (service_role.COMMAND in capsys.readouterr().err) is said


def test_any_other_refusal_is_not_hidden(emulated: Callable[..., Aws], stage: Stage) -> None:
    aws = emulated()
    with refusing(aws, ("get_role", "Throttling", LOOKED)), pytest.raises(ClientError):
        service_role.ensure(aws, stage)
