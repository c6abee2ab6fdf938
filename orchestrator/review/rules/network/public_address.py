"""What gets an address that the internet can reach."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import openings as azure_openings
from orchestrator.review.rules.facts.clouds.google import openings as google_openings
from orchestrator.review.rules.facts.clouds.words import TO_DATA, TO_MACHINE
from orchestrator.review.rules.kit.attributes import values_at
from orchestrator.review.rules.kit.rows import Opens, Row, Values, way_in
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import UNKNOWN, AttributePath

_PUBLIC = "It gets a public address."
_FIXED = "A machine gets a fixed public address."
_REACHABLE = "whether the internet can reach it"
_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_CIDRS = "vpc_config.public_access_cidrs"


def _cluster(values: Values) -> tuple[AttributePath, Any] | None:
    public = way_in(values, "vpc_config.endpoint_public_access", True)
    everywhere = way_in(values, _CIDRS, "0.0.0.0/0")
    named = [value for _, value in values_at(values, _CIDRS.split("."))]
    anywhere = not [value for value in named if value is not None and value is not UNKNOWN]
    return public and (everywhere or (public if anywhere else None))


def _no_vpc(values: Values) -> tuple[AttributePath, Any] | None:
    return None if values.get("vpc_options") or values.get("vpc_options") is UNKNOWN else (("vpc_options",), None)


def _elastic_ip(values: Values) -> tuple[AttributePath, Any] | None:
    instance = values.get("instance", values.get("instance_id"))
    return (("instance",), instance) if isinstance(instance, str) and instance else None


def _machine(types: str, path: str, *values: Any) -> Row:
    return Opens(types, path, values, _PUBLIC, TO_MACHINE, _MEDIUM, born=_MEDIUM)


def _database(types: str, decides: str = "") -> Row:
    says = "It gets a public address, with all its data."
    return Opens(types, "publicly_accessible", (True,), says, TO_DATA, _CRITICAL, born=_HIGH, decides=decides)


def _balancer(types: str, decides: str = "") -> Row:
    says = "The load balancer was internal and becomes reachable from the internet."
    advice = "Keep internal = true unless this is intended."
    return Opens(types, "internal", (False,), says, advice, _HIGH, decides=decides)


RULE = Rule(
    "public-address",
    Severity.HIGH,
    "It becomes reachable from the internet",
    "Public addresses are found and scanned within minutes.",
    watches=(
        *rows_for("public-address"),
        _database("aws_db_instance", _REACHABLE),
        _database(
            "aws_dms_replication_instance aws_mq_broker aws_neptune_cluster_instance aws_rds_cluster_instance "
            "aws_redshift_cluster aws_redshiftserverless_workgroup"
        ),
        _machine("aws_instance aws_launch_configuration", "associate_public_ip_address", True),
        _machine("aws_launch_template", "network_interfaces.associate_public_ip_address", "true", True),
        _machine("aws_ecs_service", "network_configuration.assign_public_ip", True),
        Opens("aws_eip", "instance", (), _FIXED, TO_MACHINE, _MEDIUM, _MEDIUM, _elastic_ip),
        Opens("aws_eip_association", "instance_id", (), _FIXED, TO_MACHINE, _MEDIUM, _MEDIUM, _elastic_ip),
        Opens(
            "aws_subnet",
            "map_public_ip_on_launch",
            (True,),
            "Machines launched in this subnet get public addresses from now on.",
            "Keep private subnets private.",
            _MEDIUM,
        ),
        _balancer("aws_lb", _REACHABLE),
        _balancer("aws_elb"),
        Opens(
            "aws_eks_cluster",
            "vpc_config.endpoint_public_access",
            (True,),
            "The cluster's API endpoint is open to the whole internet.",
            "Set endpoint_public_access to false or restrict public_access_cidrs.",
            _HIGH,
            _MEDIUM,
            _cluster,
        ),
        Opens(
            "aws_opensearch_domain aws_elasticsearch_domain",
            "vpc_options",
            (None,),
            "The search domain is not in a VPC: its endpoint is on the internet.",
            "Set vpc_options.",
            _HIGH,
            _MEDIUM,
            _no_vpc,
        ),
        Opens(
            "aws_sagemaker_notebook_instance",
            "direct_internet_access",
            ("Enabled",),
            "The notebook is on the internet.",
            TO_MACHINE,
            _MEDIUM,
            _MEDIUM,
        ),
        Opens(
            "aws_msk_cluster",
            "broker_node_group_info.connectivity_info.public_access.type",
            ("SERVICE_PROVIDED_EIPS",),
            "The brokers get public addresses.",
            TO_DATA,
            _CRITICAL,
            _HIGH,
        ),
        *azure_openings.PUBLIC_ADDRESS,
        *google_openings.PUBLIC_ADDRESS,
    ),
    examples=(
        Fires("aws_db_instance", {"publicly_accessible": False}, {"publicly_accessible": True}, Severity.CRITICAL),
        Fires("aws_db_instance", None, {"publicly_accessible": True}),
        Fires("aws_lb", {"internal": True}, {"internal": False}),
        Fires("aws_subnet", {"map_public_ip_on_launch": False}, {"map_public_ip_on_launch": True}, Severity.MEDIUM),
        Silent("aws_db_instance", None, {"publicly_accessible": False}),
        Silent("aws_lb", None, {"internal": False}),
    ),
)
