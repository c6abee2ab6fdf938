"""Callers of a service that was made behind them, in the emulated ECS: deployed once more by any run that sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.emulator import emulator
from orchestrator.project import environment
from orchestrator.project.manifest import Service
from orchestrator.standby import callers
from orchestrator.target import Target
from tests.orchestrator.emulator.conftest import Tasks, eventually
from tests.orchestrator.emulator.shop import CALL, SERVE, Shop
from tests.orchestrator.emulator.test_names import words

pytestmark = pytest.mark.usefixtures("container_engine")

SERVICES = [
    Service("shop", Path(), ("/shop",), calls=("pricing",)),
    Service("idle", Path(), kind="worker", calls=("pricing",)),
    Service("page", Path(), ("/",)),
    Service("pricing", Path(), kind="backend"),
]


@pytest.fixture(scope="module")
def target(shared: emulator.Emulator) -> Target:
    there = environment.load("local")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return Target(there, Aws(there, shared.endpoint, keys), containers=emulator.running_containers)


@pytest.fixture(scope="module")
def late(aws: Callable[[str], Any], tasks: Tasks, target: Target) -> Iterator[Shop]:
    """What an `up` leaves that was killed right behind its apply: the callers were there before what they call."""
    made = Shop(aws, tasks, target.environment.prefix)
    aws("ecs").create_cluster(clusterName=made.cluster)
    for name in ("shop", "idle", "page"):
        made.group(name)
        made.start(name, made.define(name, CALL, "http://pricing:8000/"), 0 if name == "idle" else 1)
    made.group("pricing", "shop", "idle")
    made.start("pricing", made.define("pricing", SERVE, "pricing"), publishes=8000)
    yield made
    for name in ("shop", "idle", "page", "pricing"):
        made.ecs.delete_service(cluster=made.cluster, service=name, force=True)


def began(shop: Shop) -> dict[str, tuple[str, Any]]:
    """Per service the deployment that ECS is steering it to."""
    found = shop.ecs.describe_services(cluster=shop.cluster, services=[service.name for service in SERVICES])
    return {item["serviceName"]: (item["deployments"][0]["id"], item["createdAt"]) for item in found["services"]}


def test_callers_that_do_not_know_a_name_are_deployed_once_more_and_then_never_again(
    late: Shop, target: Target
) -> None:
    named = frozenset({"pricing"})
    assert words(late.heard("shop", 2)) == {"error"}
    before = began(late)
    assert callers.renew(target, SERVICES, named, Console(live=False)) == ["idle", "shop"]
    assert eventually(lambda: words(late.heard("shop")) == {"pricing"})
    after = began(late)
    assert {name for name in after if after[name] != before[name]} == {"idle", "shop"}
    # A service without a task gets its tasks by that deployment, and they know the name.
    late.ecs.update_service(cluster=late.cluster, service="idle", desiredCount=1)
    assert eventually(lambda: words(late.heard("idle")) == {"pricing"})

    assert callers.renew(target, SERVICES, named, Console(live=False)) == []
    late.ecs.update_service(cluster=late.cluster, service="pricing", forceNewDeployment=True)
    assert callers.renew(target, SERVICES, named, Console(live=False)) == []
    assert {name: each for name, each in began(late).items() if name != "pricing"} == {
        name: each for name, each in after.items() if name != "pricing"
    }


def test_a_service_that_was_no_backend_before_has_its_name_since_its_last_deployment(
    late: Shop, target: Target
) -> None:
    assert sorted(callers.look(target, SERVICES, frozenset())) == ["idle", "shop"]
