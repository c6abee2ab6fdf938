"""Connections that need no encryption any more: caches, databases, brokers, distributions, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import blocks, hidden
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, not_judgeable, switched_off
from orchestrator.review.values import AttributePath

_CHANGES = (Action.UPDATE, Action.REPLACE)

_PLAIN = "Leave encryption on the way on; every current client can do it."


def _on(path: str, says: str, severity: Severity = Severity.HIGH, **more: Any) -> Switch:
    return Switch(path, says, _PLAIN, severity, **more)


def _is(*good: object) -> dict[str, Any]:
    return {"protects": lambda value: value in good}


_NO_PLAIN_HTTP = "Plain HTTP is answered from now on: what passes can be read and changed on its way."
_NOT_FORCED = "Clients may connect without encryption from now on."
_SWITCHES: Mapping[str, tuple[Switch, ...]] = with_aliases(
    {
        "aws_cloudfront_distribution": (
            _on(
                "default_cache_behavior.viewer_protocol_policy",
                _NO_PLAIN_HTTP,
                **_is("https-only", "redirect-to-https"),
            ),
        ),
        "aws_elasticache_replication_group": (
            _on("transit_encryption_enabled", "Connections to the cache are no longer encrypted."),
            _on("transit_encryption_mode", _NOT_FORCED, Severity.MEDIUM, **_is("required")),
        ),
        "aws_elasticache_cluster": (
            _on("transit_encryption_enabled", "Connections to the cache are no longer encrypted."),
        ),
        "aws_memorydb_cluster": (_on("tls_enabled", "Connections to the database are no longer encrypted."),),
        "aws_dax_cluster": (
            _on("cluster_endpoint_encryption_type", "Connections to the cache are no longer encrypted.", **_is("TLS")),
        ),
        "aws_db_proxy": (_on("require_tls", _NOT_FORCED),),
        "aws_opensearch_domain": (
            _on("domain_endpoint_options.enforce_https", _NO_PLAIN_HTTP),
            _on("node_to_node_encryption.enabled", "Its nodes talk to each other without encryption.", Severity.MEDIUM),
        ),
        "aws_elasticsearch_domain": (
            _on("domain_endpoint_options.enforce_https", _NO_PLAIN_HTTP),
            _on("node_to_node_encryption.enabled", "Its nodes talk to each other without encryption.", Severity.MEDIUM),
        ),
        "aws_msk_cluster": (
            _on("encryption_info.encryption_in_transit.client_broker", _NOT_FORCED, **_is(None, "TLS")),
            _on(
                "encryption_info.encryption_in_transit.in_cluster",
                "Brokers talk to each other without encryption.",
                Severity.MEDIUM,
            ),
        ),
        "aws_lb_target_group": (
            _on(
                "protocol",
                "Between load balancer and targets the traffic is no longer encrypted.",
                Severity.MEDIUM,
                **_is("HTTPS", "TLS"),
            ),
        ),
        "aws_sns_topic_subscription": (
            _on("protocol", "Messages are sent without encryption.", Severity.MEDIUM, **_is("https")),
        ),
        "aws_ecs_task_definition": (
            _on(
                "volume.efs_volume_configuration.transit_encryption",
                "The file system is mounted without encryption.",
                Severity.MEDIUM,
                **_is("ENABLED"),
            ),
        ),
        "aws_transfer_server": (
            _on(
                "protocols",
                "Plain FTP is offered: passwords and files can be read on their way.",
                protects=lambda value: isinstance(value, list) and bool(value) and "FTP" not in value,
            ),
        ),
        "azurerm_storage_account": (
            _on("https_traffic_only_enabled", _NO_PLAIN_HTTP),
            _on("enable_https_traffic_only", _NO_PLAIN_HTTP),
        ),
        "azurerm_linux_web_app": (_on("https_only", _NO_PLAIN_HTTP),),
        "azurerm_windows_web_app": (_on("https_only", _NO_PLAIN_HTTP),),
        "google_sql_database_instance": (
            _on("settings.ip_configuration.require_ssl", _NOT_FORCED),
            _on(
                "settings.ip_configuration.ssl_mode",
                _NOT_FORCED,
                **_is("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
            ),
        ),
    }
)
# Parameters of databases that force TLS, and the values with which they do.
_FORCING: Mapping[str, tuple[str, ...]] = {
    "rds.force_ssl": ("1", "on", "true"),
    "require_secure_transport": ("1", "on", "true"),
    "require_ssl": ("1", "on", "true"),
    "tls": ("enabled", "tls1.2+", "tls1.3+", "fips-140-3"),
    "neptune_enforce_ssl": ("1",),
}
_PARAMETERS = frozenset(
    {
        "aws_db_parameter_group",
        "aws_rds_cluster_parameter_group",
        "aws_docdb_cluster_parameter_group",
        "aws_neptune_cluster_parameter_group",
        "aws_redshift_parameter_group",
    }
)


def _plain(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in _PARAMETERS:
        yield from _parameters(resource)
        return
    yield from switched_off("transit-unencrypted", resource, _SWITCHES[resource.type])
    if resource.type == "aws_cloudfront_distribution" and resource.action in _CHANGES:
        yield from _behaviors(resource)


def _behaviors(resource: Resource) -> Iterator[Finding]:
    """Paths of a distribution that are answered in plain HTTP from now on."""
    before = {item.get("path_pattern"): item for item in blocks(resource.before, "ordered_cache_behavior")}
    for place, item in enumerate(blocks(resource.after, "ordered_cache_behavior")):
        old = before.get(item.get("path_pattern"), {}).get("viewer_protocol_policy")
        if item.get("viewer_protocol_policy") == "allow-all" and old in ("https-only", "redirect-to-https"):
            path = ("ordered_cache_behavior", place, "viewer_protocol_policy")
            yield _unencrypted(resource, path, _NO_PLAIN_HTTP, old, "allow-all")


def _parameters(resource: Resource) -> Iterator[Finding]:
    if resource.action not in _CHANGES:
        return
    before, after = _forced(resource.before), _forced(resource.after)
    for name, (place, value) in before.items():
        if not _forces(name, value):
            continue
        new = after.get(name, (None, None))[1]
        path: AttributePath = ("parameter", after[name][0] if name in after else place, "value")
        if hidden(new):
            yield from not_judgeable(resource, path, value, new, _NOT_FORCED)
        elif not _forces(name, new):
            default = "" if name in after else " The default of the engine's version applies."
            yield _unencrypted(resource, path, f"{name}: {_NOT_FORCED}{default}", value, new)


def _forced(values: Mapping[str, Any] | None) -> dict[str, tuple[int, Any]]:
    found = enumerate(blocks(values, "parameter"))
    return {item["name"]: (place, item.get("value")) for place, item in found if item.get("name") in _FORCING}


def _forces(name: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() in _FORCING[name]


def _unencrypted(resource: Resource, path: AttributePath, says: str, before: Any, after: Any) -> Finding:
    return Finding("transit-unencrypted", Severity.HIGH, resource.address, says, _PLAIN, path, before, after)


RULES: tuple[Rule, ...] = (
    Rule(
        "transit-unencrypted",
        Severity.HIGH,
        "Connections need no encryption any more",
        "Without TLS passwords and content can be read and changed on their way.",
        _plain,
        frozenset(_SWITCHES) | _PARAMETERS,
    ),
)
