"""What a watch does itself: nothing that one look alone can tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from orchestrator.console import Stage
from orchestrator.proof.rollout import Observation
from orchestrator.proof.watch import Watch

TASK = {"taskArn": "arn:task/1", "lastStatus": "RUNNING", "containers": [{"runtimeId": "abc"}]}


def test_a_task_is_replaced_that_has_no_container_at_two_looks_in_a_row() -> None:
    stopped: list[str] = []
    ecs = SimpleNamespace(stop_task=lambda **told: stopped.append(told["task"]), update_service=lambda **told: None)
    aws, environment = SimpleNamespace(client=lambda service: ecs), SimpleNamespace(prefix="storyizer-local")
    target: Any = SimpleNamespace(aws=aws, environment=environment, containers=None)
    watch = Watch(target, [], {})
    seen = Observation({"serviceName": "words", "desiredCount": 1}, [TASK])
    # It had just begun at the first look, and at the third one the engine was slow.
    for containers, replaced in (([], []), (["abcdef"], []), ([], []), ([], ["arn:task/1"])):
        watch._replace_gone(seen, containers, Stage("rollout"))
        assert stopped == replaced
