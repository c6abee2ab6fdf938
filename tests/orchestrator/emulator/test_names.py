"""Service Connect in the emulated ECS: who reaches whom by which name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.console import Stage
from orchestrator.emulator import emulator
from orchestrator.emulator.server.names import addresses, aliases, security_groups
from orchestrator.emulator.server.names.security_groups import Side
from tests.orchestrator.emulator.conftest import CLUSTER, Tasks, eventually, own
from tests.orchestrator.emulator.shop import CALL, SERVE, Shop, opened

pytestmark = pytest.mark.usefixtures("container_engine")

DEFINITION = {
    "containerDefinitions": [{"portMappings": [{"name": "http", "containerPort": 8000}, {"containerPort": 9}]}]
}


def service(*published: dict[str, Any], **more: Any) -> dict[str, Any]:
    connect = {"enabled": True, "namespace": "shop", "services": list(published)}
    return {
        "serviceArn": "arn:words",
        "status": "ACTIVE",
        "deployments": [{"serviceConnectConfiguration": connect}],
        **more,
    }


def test_a_service_publishes_the_names_of_its_clients_aliases() -> None:
    alias = {"portName": "http", "clientAliases": [{"port": 80, "dnsName": "words"}, {"port": 81}]}
    assert aliases.published(service(alias), DEFINITION, "shop") == [
        aliases.Alias("shop", "words", 80, "arn:words", 8000), aliases.Alias("shop", "http.shop", 81, "arn:words", 8000)
    ]  # fmt: skip
    (default,) = aliases.published(service({"portName": "http", "discoveryName": "words"}), DEFINITION, "shop")
    assert (default.name, default.port) == ("words.shop", 8000)
    assert aliases.published(service({"portName": "other"}), DEFINITION, "shop") == []
    assert aliases.published(service(alias, status="INACTIVE"), DEFINITION, "shop") == []
    assert aliases.published(service(alias, deployments=[{}]), DEFINITION, "shop") == []


def test_the_names_of_one_namespace_are_known_in_it_only() -> None:
    found = [aliases.Alias(namespace, "words", 80, "arn:words", 8000) for namespace in ("shop", "other")]
    assert aliases.known(found, "shop") == {"words": "shop/words"}
    assert aliases.known(found, "none") == {}


def group(name: str, **rules: list[dict[str, Any]]) -> dict[str, Any]:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"GroupId": name, "IpPermissions": [], "IpPermissionsEgress": [everything], **rules}


CLIENT = Side([group("sg-client")], ["10.0.1.0/24"])


@pytest.mark.parametrize(
    ("server", "client", "expected"),
    [
        (group("s", IpPermissions=[opened(8000, 8000, source="sg-client")]), CLIENT, True),
        (group("s", IpPermissions=[opened(8001, 9000, source="sg-client")]), CLIENT, False),
        (group("s", IpPermissions=[opened(8000, 8000, source="sg-client", protocol="udp")]), CLIENT, False),
        (group("s", IpPermissions=[opened(8000, 8000, source="sg-other")]), CLIENT, False),
        (group("s", IpPermissions=[opened(0, 65535, block="10.0.0.0/16")]), CLIENT, True),
        (group("s", IpPermissions=[opened(0, 65535, block="10.0.1.0/25")]), CLIENT, False),
        (group("s", IpPermissions=[opened(0, 65535, block="0.0.0.0/0")]), CLIENT, True),
        (group("s"), CLIENT, False),
        (group("s", IpPermissions=[opened(8000, 8000, source="sg-client")]),
         Side([group("sg-client", IpPermissionsEgress=[opened(443, 443, block="0.0.0.0/0")])], []), False),
        (group("s", IpPermissions=[opened(8000, 8000, source="sg-client")]),
         Side([group("sg-client", IpPermissionsEgress=[opened(8000, 8000, source="s")])], []), True),
    ],
)  # fmt: skip
def test_security_groups_of_both_sides_decide(server: dict[str, Any], client: Side, expected: bool) -> None:
    assert security_groups.allows(client, Side([server], []), 8000) is expected


def test_services_without_groups_are_in_the_default_one() -> None:
    none = Side([], [])
    assert security_groups.allows(none, none, 8000)
    assert not security_groups.allows(CLIENT, none, 8000)


def test_other_copies_look_for_addresses_elsewhere() -> None:
    one, other = (list(addresses.candidates(seed)) for seed in ("one", "other"))
    assert len(set(one)) == addresses.TRIES
    assert one[0] != other[0]
    assert all(network.subnet_of(addresses.RANGE) for network in one + other)


@pytest.fixture(scope="module")
def shop(aws: Callable[[str], Any], tasks: Tasks) -> Shop:
    """A client that calls words at another port than its own, and both other names that it must not get through to."""
    made = Shop(aws, tasks)
    made.group("client")
    made.group("stranger")
    made.group("outside")
    made.group("words", "client", "outside")
    made.group("verbs", "client")
    made.start("words", made.define("words", SERVE, "words"), 2, publishes=9000)
    made.start("verbs", made.define("verbs", SERVE, "verbs"), publishes=9000)
    for name in ("client", "stranger"):
        made.start(name, made.define(name, CALL, "http://words:9000/"))
    made.start("outside", made.define("outside", CALL, "http://words:9000/"), connected=False)
    return made


def words(heard: set[str]) -> set[str]:
    return {line.split()[0] for line in heard}


def test_a_client_reaches_every_task_of_a_service_by_its_name(shop: Shop) -> None:
    # A task runs a moment before its program listens.
    assert eventually(lambda: [line.split()[0] for line in shop.heard("client")] == ["words", "words"])
    heard = shop.heard("client")
    assert words(heard) == {"words"}, heard
    assert len(heard) == 2
    (described,) = shop.ecs.describe_services(cluster=CLUSTER, services=["words"])["services"]
    assert described["deployments"][0]["serviceConnectConfiguration"]["namespace"] == shop.namespace


def test_only_whom_the_security_groups_let_through_and_who_is_in_the_namespace_reaches_it(shop: Shop) -> None:
    assert words(shop.heard("stranger")) == {"error"}
    # The name is not known there.
    heard = shop.heard("outside", 2)
    assert heard and all("Name or service not known" in line or "name resolution" in line for line in heard)


def test_a_rollout_of_the_service_costs_its_clients_next_to_nothing(shop: Shop) -> None:
    (client,) = shop.tasks_of("client")
    before = len(shop.said("client", client))
    shop.ecs.update_service(cluster=CLUSTER, service="words", taskDefinition=shop.define("words", SERVE, "new"))
    assert eventually(lambda: words(shop.heard("client")) == {"new"})
    assert words(set(shop.said("client", client)[before:])) <= {"words", "new", "error"}


def test_a_service_without_tasks_is_refused_and_comes_back(shop: Shop) -> None:
    shop.ecs.update_service(cluster=CLUSTER, service="words", desiredCount=0)
    assert eventually(lambda: shop.counts("words") == (0, 0))
    assert eventually(lambda: shop.heard("client") == {"error [Errno 104] Connection reset by peer"})
    shop.ecs.update_service(cluster=CLUSTER, service="words", desiredCount=1)
    assert eventually(lambda: words(shop.heard("client")) == {"new"})


def test_the_names_come_back_with_the_emulator_and_their_addresses_go_with_the_services(
    shop: Shop, stage: Stage
) -> None:
    assert emulator.stop(stage)
    assert own("network") == []
    emulator.start(stage)
    assert eventually(lambda: shop.counts("client") == (1, 1))
    assert eventually(lambda: words(shop.heard("client")) == {"new"})
    assert len(own("network")) == 2
    shop.ecs.delete_service(cluster=CLUSTER, service="verbs", force=True)
    assert len(own("network")) == 1
