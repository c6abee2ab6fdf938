"""What opens a resource of Google Cloud to everybody."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.google.iam import WHO
from orchestrator.review.rules.facts.clouds.words import STORED_OBJECTS, TO_DATA, TO_MACHINE
from orchestrator.review.rules.kit.attributes import at, blocks, items
from orchestrator.review.rules.kit.comparisons import is_set, one_of
from orchestrator.review.rules.kit.rows import Opens, Row, Values, protects, way_in
from orchestrator.review.values import AttributePath

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_GKE = "google_container_cluster"
_SQL = "google_sql_database_instance"
_EVERYBODY = tuple(WHO)
_CALLERS = "Name who may call it with roles/run.invoker."


def _everybody(types: str, path: str) -> Row:
    return Opens(
        types,
        path,
        _EVERYBODY,
        lambda change: f"{WHO[change.after]} gets access to the data set.",
        "Name the accounts or groups that need it.",
        _CRITICAL,
        _CRITICAL,
    )


PUBLIC: tuple[Row, ...] = (
    *(_everybody("google_bigquery_dataset", f"access.{name}") for name in ("special_group", "iam_member")),
    *(_everybody("google_bigquery_dataset_access", name) for name in ("special_group", "iam_member")),
    Opens(
        "google_cloud_run_v2_service",
        "invoker_iam_disabled",
        (True,),
        "Everybody on the internet can call the service: its permission is no longer checked.",
        _CALLERS,
        _HIGH,
        _HIGH,
    ),
    protects(
        "google_storage_bucket",
        "public_access_prevention",
        "The bucket can be made public from now on: public access is no longer prevented on the bucket itself.",
        'Keep public_access_prevention = "enforced"; it costs nothing.',
        as_long_as=one_of("enforced"),
    ),
)


def _by_acl(values: Values) -> tuple[AttributePath, Any] | None:
    for index, entity in enumerate(items(values, "role_entity")):
        if isinstance(entity, str) and entity.rpartition(":")[2] in _EVERYBODY:
            return ("role_entity", index), entity
    acl = values.get("predefined_acl")
    return (("predefined_acl",), acl) if isinstance(acl, str) and acl.startswith("public") else None


def _by_control(values: Values) -> tuple[AttributePath, Any] | None:
    return way_in(values, "entity", *_EVERYBODY)


_ACLS = "google_storage_bucket_acl google_storage_default_object_acl google_storage_object_acl"
_CONTROLS = (
    "google_storage_bucket_access_control google_storage_default_object_access_control "
    "google_storage_object_access_control"
)
_ON_THE_INTERNET = "Everybody on the internet gets access by this list, without a Google account."
ACL_PUBLIC: tuple[Row, ...] = (
    Opens(_ACLS, "role_entity", (), _ON_THE_INTERNET, STORED_OBJECTS, _HIGH, _HIGH, _by_acl),
    Opens(_CONTROLS, "entity", (), _ON_THE_INTERNET, STORED_OBJECTS, _HIGH, _HIGH, _by_control),
    Opens(
        "google_storage_bucket_object",
        "predefined_acl",
        ("publicRead", "publicReadWrite", "authenticatedRead"),
        "Everybody can read the object.",
        STORED_OBJECTS,
        _MEDIUM,
        _MEDIUM,
    ),
    protects(
        "google_storage_bucket",
        "uniform_bucket_level_access",
        "Access control lists apply again: whoever may write an object can make it public.",
        "Leave uniform_bucket_level_access on.",
        _MEDIUM,
    ),
)


def machine(values: Values) -> tuple[AttributePath, Any] | None:
    """An external address, fixed or not; one that nothing is known of is asked for by an empty block."""
    for index, interface in enumerate(blocks(values, "network_interface")):
        if blocks(interface, "access_config"):
            return ("network_interface", index, "access_config"), at(interface, "access_config.nat_ip") or "an address"
        if blocks(interface, "ipv6_access_config"):
            return ("network_interface", index, "ipv6_access_config"), "an address"
    return None


def _authorized(values: Values) -> tuple[AttributePath, Any] | None:
    path = "master_authorized_networks_config.cidr_blocks.cidr_block"
    return way_in(values, path, "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1")


_SERVER = "Keep the control plane private, or name the networks that need it in master_authorized_networks_config."
INSTANCES = "google_compute_instance google_compute_instance_template google_compute_region_instance_template"
PUBLIC_ADDRESS: tuple[Row, ...] = (
    Opens(
        f"{INSTANCES} google_compute_instance_from_template",
        "network_interface.access_config",
        (),
        "It gets an external address: the internet can reach it, as far as the firewall lets.",
        TO_MACHINE,
        _MEDIUM,
        _MEDIUM,
        machine,
    ),
    Opens(
        _SQL,
        "settings.ip_configuration.authorized_networks.value",
        ("0.0.0.0/0",),
        "The database accepts connections from the whole internet, with nothing but the login in between.",
        TO_DATA,
        _CRITICAL,
        _CRITICAL,
    ),
    Opens(
        _SQL,
        "settings.ip_configuration.ipv4_enabled",
        (True,),
        "The database server gets a public address.",
        TO_DATA,
        _HIGH,
    ),
    protects(
        _GKE,
        "master_authorized_networks_config",
        "The cluster's control plane no longer refuses unknown networks: the whole internet can reach it.",
        _SERVER,
        as_long_as=is_set,
        # A private endpoint needs none.
        unless=lambda change: at(change.resource.after, "private_cluster_config.enable_private_endpoint") is True,
    ),
    Opens(
        _GKE,
        "master_authorized_networks_config.cidr_blocks.cidr_block",
        (),
        "The whole internet can reach the cluster's control plane.",
        _SERVER,
        _HIGH,
        _MEDIUM,
        _authorized,
    ),
    protects(
        _GKE,
        "private_cluster_config.enable_private_endpoint",
        "The cluster's control plane gets a public address.",
        _SERVER,
    ),
    protects(
        _GKE,
        "private_cluster_config.enable_private_nodes",
        "The cluster's nodes get external addresses.",
        "Leave enable_private_nodes on; Cloud NAT is the way out.",
    ),
    *(
        Opens(
            types,
            path,
            (opened,),
            "It answers the whole internet; until now only the own network or a load balancer could call it.",
            "Keep internal traffic only, or put a load balancer in front.",
            _HIGH,
        )
        for types, path, opened in (
            ("google_cloud_run_v2_service", "ingress", "INGRESS_TRAFFIC_ALL"),
            ("google_cloudfunctions_function", "ingress_settings", "ALLOW_ALL"),
            ("google_cloudfunctions2_function", "service_config.ingress_settings", "ALLOW_ALL"),
        )
    ),
)
