"""What AWS refuses for a moment while an account is made: nobody hears of it, or of what helps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.aws_names.faults.seen import THROTTLED
from tests.system.aws_names.world import World

pytestmark = pytest.mark.system

COMMAND = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"


def test_doctor_names_the_role_that_a_fresh_account_lacks(fresh: str) -> None:
    assert "the account has no role AWSServiceRoleForECS" in fresh and COMMAND in fresh


def test_an_apply_survives_what_passes(world: World, first: dict[str, Any]) -> None:
    met = [call for call in world.calls() if call["fault"] and call["principal"].endswith("user/engineer")]
    assert {call["service"] for call in met} == set(THROTTLED)
    assert {"CreateRole", "CreateFlowLogs", "CreateService"} <= {call["action"] for call in met}
    assert "AWSServiceRoleForECS made: the account had not used ECS before" in first["stderr"]
