"""Connections that no longer need encryption: caches, databases, brokers, distributions, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure import encryption as azure_encryption
from orchestrator.review.rules.facts.clouds.google import encryption as google_encryption
from orchestrator.review.rules.kit.attributes import blocks, hidden
from orchestrator.review.rules.kit.change import Change, not_judgeable
from orchestrator.review.rules.kit.comparisons import State, is_on, one_of
from orchestrator.review.rules.kit.rows import CHANGED, Reads, Row, protects
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import AttributePath

_ADVICE = "Leave encryption in transit on; every current client supports it."
_PLAIN_HTTP = "Plain HTTP is accepted from now on: traffic can be read and modified in transit."
_NOT_FORCED = "Clients can connect without encryption from now on."
_MEDIUM = Severity.MEDIUM
_DISTRIBUTION = "aws_cloudfront_distribution"
_PARAMETERS = (
    "aws_db_parameter_group aws_rds_cluster_parameter_group aws_docdb_cluster_parameter_group "
    "aws_neptune_cluster_parameter_group aws_redshift_parameter_group"
)
_NO_FTP = State(
    "without `FTP`", lambda value: isinstance(value, list) and bool(value) and "FTP" not in value, (["SFTP"], ["FTP"])
)


def _encrypted(types: str, path: str, says: str, severity: Severity = Severity.HIGH, as_long_as: State = is_on) -> Row:
    return protects(types, path, says, _ADVICE, severity, as_long_as=as_long_as)


_CACHE = "Connections to the cache are no longer encrypted."
_NODES = "Its nodes communicate without encryption."
_IN_TRANSIT = "encryption_info.encryption_in_transit"
_SEARCH = "aws_opensearch_domain aws_elasticsearch_domain"
_ROWS: tuple[Row, ...] = (
    _encrypted(
        _DISTRIBUTION,
        "default_cache_behavior.viewer_protocol_policy",
        _PLAIN_HTTP,
        as_long_as=one_of("https-only", "redirect-to-https"),
    ),
    _encrypted("aws_elasticache_replication_group aws_elasticache_cluster", "transit_encryption_enabled", _CACHE),
    _encrypted(
        "aws_elasticache_replication_group", "transit_encryption_mode", _NOT_FORCED, _MEDIUM, one_of("required")
    ),
    _encrypted("aws_memorydb_cluster", "tls_enabled", "Connections to the database are no longer encrypted."),
    _encrypted("aws_dax_cluster", "cluster_endpoint_encryption_type", _CACHE, as_long_as=one_of("TLS")),
    _encrypted("aws_db_proxy", "require_tls", _NOT_FORCED),
    _encrypted(_SEARCH, "domain_endpoint_options.enforce_https", _PLAIN_HTTP),
    _encrypted(_SEARCH, "node_to_node_encryption.enabled", _NODES, _MEDIUM),
    _encrypted("aws_msk_cluster", f"{_IN_TRANSIT}.client_broker", _NOT_FORCED, as_long_as=one_of(None, "TLS")),
    _encrypted("aws_msk_cluster", f"{_IN_TRANSIT}.in_cluster", "Brokers communicate without encryption.", _MEDIUM),
    _encrypted(
        "aws_lb_target_group",
        "protocol",
        "Traffic between the load balancer and its targets is no longer encrypted.",
        _MEDIUM,
        one_of("HTTPS", "TLS"),
    ),
    _encrypted(
        "aws_sns_topic_subscription", "protocol", "Messages are sent without encryption.", _MEDIUM, one_of("https")
    ),
    _encrypted(
        "aws_ecs_task_definition",
        "volume.efs_volume_configuration.transit_encryption",
        "The file system is mounted without encryption.",
        _MEDIUM,
        one_of("ENABLED"),
    ),
    _encrypted(
        "aws_transfer_server",
        "protocols",
        "Plain FTP is offered: passwords and files can be read in transit.",
        as_long_as=_NO_FTP,
    ),
    _encrypted("azurerm_storage_account", "https_traffic_only_enabled", _PLAIN_HTTP),
    _encrypted("azurerm_storage_account", "enable_https_traffic_only", _PLAIN_HTTP),
    *azure_encryption.TRANSIT,
    *google_encryption.TRANSIT,
    Reads(_DISTRIBUTION, "ordered_cache_behavior"),
    Reads(_PARAMETERS, "parameter"),
)
# Parameters of databases that force TLS, and the values with which they do.
_FORCING: Mapping[str, tuple[str, ...]] = {
    "rds.force_ssl": ("1", "on", "true"),
    "require_secure_transport": ("1", "on", "true"),
    "require_ssl": ("1", "on", "true"),
    "tls": ("enabled", "tls1.2+", "tls1.3+", "fips-140-3"),
    "neptune_enforce_ssl": ("1",),
}


def _in_blocks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action in CHANGED:
        yield from _behaviors(resource) if resource.type == _DISTRIBUTION else _parameters(resource, plan)


def _behaviors(resource: Resource) -> Iterator[Finding]:
    """Paths of a distribution that are answered in plain HTTP from now on."""
    before = {item.get("path_pattern"): item for item in blocks(resource.before, "ordered_cache_behavior")}
    for place, item in enumerate(blocks(resource.after, "ordered_cache_behavior")):
        old = before.get(item.get("path_pattern"), {}).get("viewer_protocol_policy")
        if item.get("viewer_protocol_policy") == "allow-all" and old in ("https-only", "redirect-to-https"):
            path = ("ordered_cache_behavior", place, "viewer_protocol_policy")
            yield _unencrypted(resource, path, _PLAIN_HTTP, old, "allow-all")


def _parameters(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = _forced(resource.before), _forced(resource.after)
    for name, (place, value) in before.items():
        if not _forces(name, value):
            continue
        new = after.get(name, (None, None))[1]
        path: AttributePath = ("parameter", after[name][0] if name in after else place, "value")
        if hidden(new):
            yield from not_judgeable(Change(resource, plan, path, value, new), _NOT_FORCED)
        elif not _forces(name, new):
            default = "" if name in after else " The default of the engine's version applies."
            yield _unencrypted(resource, path, f"{name}: {_NOT_FORCED}{default}", value, new)


def _forced(values: Mapping[str, Any] | None) -> dict[str, tuple[int, Any]]:
    found = enumerate(blocks(values, "parameter"))
    return {item["name"]: (place, item.get("value")) for place, item in found if item.get("name") in _FORCING}


def _forces(name: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() in _FORCING[name]


def _unencrypted(resource: Resource, path: AttributePath, says: str, before: Any, after: Any) -> Finding:
    return Finding("transit-unencrypted", Severity.HIGH, resource.address, says, _ADVICE, path, before, after)


RULE = Rule(
    "transit-unencrypted",
    Severity.HIGH,
    "Connections no longer require encryption",
    "Without TLS, passwords and content can be read and modified in transit.",
    looks=_in_blocks,
    watches=(*_ROWS, *rows_for("transit-unencrypted")),
    examples=(
        Fires(
            "aws_elasticache_replication_group",
            {"transit_encryption_enabled": True},
            {"transit_encryption_enabled": False},
        ),
        Fires(
            "aws_db_parameter_group",
            {"parameter": [{"name": "rds.force_ssl", "value": "1"}]},
            {"parameter": [{"name": "rds.force_ssl", "value": "0"}]},
        ),
        Fires("aws_lb_target_group", {"protocol": "HTTPS"}, {"protocol": "HTTP"}, Severity.MEDIUM),
        Silent("aws_lb_target_group", None, {"protocol": "HTTP"}),
    ),
)
