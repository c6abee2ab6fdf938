"""What ECS says of several services, asked for together, is what it says of each alone."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.proof.rollout import Observer
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

WAITS = "import time; time.sleep(600)"
FAILS = "import time; time.sleep(1); raise SystemExit(3)"


def test_services_seen_together_are_as_each_is_seen_alone(aws: Callable[[str], Any], tasks: Any) -> None:
    placed: dict[str, Any] = {
        "cluster": CLUSTER, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [tasks.subnet]}},
    }  # fmt: skip

    def define(family: str, script: str) -> str:
        # The container of "one" is the service itself, as it is in whatever is deployed.
        container = "one" if family == "one" else "x"
        return str(tasks.register(family, [{"name": container, "script": script, "stopTimeout": 1}]))

    for name, script, count in (("one", WAITS, 2), ("other", WAITS, 1), ("dying", FAILS, 1)):
        tasks.ecs.create_service(serviceName=name, taskDefinition=define(name, script), desiredCount=count, **placed)
    # Of no service, and of a group that is called as one.
    tasks.ecs.run_task(taskDefinition=define("alone", WAITS), group="one", **placed)
    target: Any = SimpleNamespace(aws=SimpleNamespace(client=aws), environment=SimpleNamespace(prefix=CLUSTER))
    names = ("one", "other", "dying", "missing")

    def numbers() -> dict[str, int]:
        return {name: len(item.tasks) for name, item in Observer(target).observe_all(names).items()}

    def have_ended() -> bool:
        arns = tasks.ecs.list_tasks(cluster=CLUSTER, serviceName="dying", desiredStatus="STOPPED")["taskArns"]
        return all(tasks.described(arn)["lastStatus"] == "STOPPED" for arn in arns)

    assert eventually(lambda: Observer(target).observe("dying").stopped != [])
    tasks.ecs.update_service(cluster=CLUSTER, service="dying", desiredCount=0)
    # One that is only about to end would be another thing when it is looked at alone.
    assert eventually(lambda: numbers() == {"one": 2, "other": 1, "dying": 0, "missing": 0} and have_ended())
    together = Observer(target).observe_all(names)
    for name in names:
        alone = Observer(target).observe(name)
        assert _arns(together[name].tasks) == _arns(alone.tasks), name
        assert _arns(together[name].stopped) == _arns(alone.stopped), name
        assert together[name].service.get("serviceArn") == alone.service.get("serviceArn"), name
        assert together[name].image == alone.image, name
        if definition := together[name].definition:
            (container,) = tasks.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"][
                "containerDefinitions"
            ]
            assert together[name].image == container["image"], name
    assert together["missing"].service == {}
    assert together["dying"].stopped


def _arns(tasks: Any) -> set[str]:
    return {task["taskArn"] for task in tasks}
