"""What gets an address that the internet can reach."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.entrances import Entrance, Values, entrances, found, is_set
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, AttributePath


def _eks(values: Values) -> tuple[AttributePath, Any] | None:
    public = is_set(("vpc_config", "endpoint_public_access"), True)(values)
    everywhere = is_set(("vpc_config", "public_access_cidrs"), "0.0.0.0/0")(values)
    named = [value for _, value in found(values, ("vpc_config", "public_access_cidrs"))]
    return public and (everywhere or (public if not [v for v in named if v is not None and v is not UNKNOWN] else None))


def _no_vpc(values: Values) -> tuple[AttributePath, Any] | None:
    return None if values.get("vpc_options") or values.get("vpc_options") is UNKNOWN else (("vpc_options",), None)


def _eip(values: Values) -> tuple[AttributePath, Any] | None:
    instance = values.get("instance", values.get("instance_id"))
    return (("instance",), instance) if isinstance(instance, str) and instance else None


_TO_MACHINE = "Keep it in a private subnet, with a load balancer or Session Manager in front."
_TO_DATA = "Keep it private and reach it from inside the VPC, through a VPN or Session Manager."
_M, _H, _C = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL


def _database(*types: str) -> dict[str, tuple[Entrance, ...]]:
    way = Entrance(is_set(("publicly_accessible",), True), _H, _C, "It gets a public address, data and all.", _TO_DATA)
    return dict.fromkeys(types, (way,))


def _machine(path: tuple[str, ...], *wanted: Any) -> tuple[Entrance, ...]:
    return (Entrance(is_set(path, *wanted), _M, _M, "It gets a public address.", _TO_MACHINE),)


def _balancer() -> tuple[Entrance, ...]:
    reason = "The load balancer was internal and becomes reachable from the internet."
    return (Entrance(is_set(("internal",), False), None, _H, reason, "Keep internal = true unless this is meant."),)


def _azure(*types: str) -> dict[str, tuple[Entrance, ...]]:
    shut = Entrance(
        is_set(("public_network_access_enabled",), True), None, _H, "Public network access is on.", _TO_DATA
    )
    return dict.fromkeys(types, (shut,))


_OUTSIDE = (
    Entrance(
        _no_vpc, _M, _H, "The search domain is not in a VPC: its endpoint is on the internet.", "Set vpc_options."
    ),
)

ENTRANCES: dict[str, tuple[Entrance, ...]] = {
    **_database(
        "aws_db_instance",
        "aws_dms_replication_instance",
        "aws_mq_broker",
        "aws_neptune_cluster_instance",
        "aws_rds_cluster_instance",
        "aws_redshift_cluster",
        "aws_redshiftserverless_workgroup",
    ),
    **_azure(
        "azurerm_container_registry",
        "azurerm_cosmosdb_account",
        "azurerm_key_vault",
        "azurerm_mssql_server",
        "azurerm_mysql_flexible_server",
        "azurerm_postgresql_server",
        "azurerm_storage_account",
    ),
    "aws_instance": _machine(("associate_public_ip_address",), True),
    "aws_launch_configuration": _machine(("associate_public_ip_address",), True),
    "aws_launch_template": _machine(("network_interfaces", "associate_public_ip_address"), "true", True),
    "aws_ecs_service": _machine(("network_configuration", "assign_public_ip"), True),
    "aws_eip": (Entrance(_eip, _M, _M, "A machine gets a fixed public address.", _TO_MACHINE),),
    "aws_eip_association": (Entrance(_eip, _M, _M, "A machine gets a fixed public address.", _TO_MACHINE),),
    "aws_subnet": (
        Entrance(
            is_set(("map_public_ip_on_launch",), True),
            None,
            _M,
            "Machines that start in this subnet get public addresses from now on.",
            "Keep private subnets private.",
        ),
    ),
    "aws_lb": _balancer(),
    "aws_alb": _balancer(),
    "aws_elb": _balancer(),
    "aws_eks_cluster": (
        Entrance(
            _eks,
            _M,
            _H,
            "The cluster's API endpoint is open to the whole internet.",
            "Set endpoint_public_access to false or name public_access_cidrs.",
        ),
    ),
    "aws_opensearch_domain": _OUTSIDE,
    "aws_elasticsearch_domain": _OUTSIDE,
    "aws_sagemaker_notebook_instance": (
        Entrance(
            is_set(("direct_internet_access",), "Enabled"), _M, _M, "The notebook is on the internet.", _TO_MACHINE
        ),
    ),
    "aws_msk_cluster": (
        Entrance(
            is_set(("broker_node_group_info", "connectivity_info", "public_access", "type"), "SERVICE_PROVIDED_EIPS"),
            _H,
            _C,
            "The brokers get public addresses.",
            _TO_DATA,
        ),
    ),
    "google_sql_database_instance": (
        Entrance(
            is_set(("settings", "ip_configuration", "authorized_networks", "value"), "0.0.0.0/0"),
            _C,
            _C,
            "The database accepts connections from the whole internet.",
            _TO_DATA,
        ),
    ),
}

RULES: tuple[Rule, ...] = (
    Rule(
        "public-address",
        Severity.HIGH,
        "Something becomes reachable from the internet",
        "A public address or an entrance without authorization is found within minutes.",
        entrances("public-address", ENTRANCES),
        frozenset(ENTRANCES),
    ),
)
