"""Older or weaker TLS that is accepted."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.azure.openings import SERVERS, WEB_APPS
from orchestrator.review.rules.facts.network.tls_policies import strength, transfer_year
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison
from orchestrator.review.rules.kit.rows import Row, Watch
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import shown

_OLDEST_SAFE = 2
"""TLS 1.0 and 1.1 are deprecated (RFC 8996)."""


def _weakness(before: str, after: str) -> tuple[str, Severity] | None:
    """What is weaker about the new policy, and how bad that is; None if nothing is."""
    dates = transfer_year(before), transfer_year(after)
    if dates[0] and dates[1]:
        older = "The older policy accepts ciphers that the newer one refuses."
        return (older, Severity.MEDIUM) if dates[1] < dates[0] else None
    old, new = strength(before), strength(after)
    if old is None or new is None or new >= old:
        return None
    if new.least < old.least:
        severity = Severity.HIGH if new.least < _OLDEST_SAFE else Severity.MEDIUM
        return f"{new.version} is accepted; until now nothing older than {old.version} was.", severity
    if old.offers_1_3 and not new.offers_1_3:
        return "TLS 1.3 is no longer offered.", Severity.MEDIUM
    if new.ciphers < old.ciphers:
        return "Weaker ciphers of the same TLS versions are accepted.", Severity.MEDIUM
    return None


def _is_deprecated(value: Any) -> bool:
    found = strength(value) if isinstance(value, str) else None
    return found is not None and found.least < _OLDEST_SAFE


_weaker = Comparison(
    "accepts older or weaker TLS",
    ("ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
    lambda value: value if isinstance(value, str) else None,
    lambda old, new: _weakness(old, new) is not None,
    wrong=_is_deprecated,
)


def _policy(types: str, path: str) -> Row:
    def message(change: Change) -> str:
        found = _weakness(change.old, change.new)
        return f"{found[0] if found else ''} ({path}: {shown(change.before)} → {shown(change.after)})"

    def severity(change: Change) -> Severity:
        found = _weakness(change.old, change.new)
        return found[1] if found else Severity.MEDIUM

    def created(change: Change) -> str:
        found = strength(change.new)
        return f"It is created to accept {found.version if found else ''}, which is deprecated ({path}: {change.new})."

    return Watch(
        types,
        path,
        _weaker,
        message,
        'Accept TLS 1.2 or newer only; "ELBSecurityPolicy-TLS13-1-2-2021-06" is the usual policy of a load balancer.'
        if path == "ssl_policy"
        else "Accept TLS 1.2 or newer only.",
        severity,
        risk="Older TLS is accepted.",
        unknown=Severity.MEDIUM,
        # What the provider sets where nothing is configured is worth a word only.
        born=Severity.LOW,
        born_message=created,
    )


RULE = Rule(
    "tls-weakened",
    Severity.HIGH,
    "Older or weaker TLS is accepted",
    "TLS 1.0 and 1.1 can be broken, and traffic with weak ciphers can be decrypted later.",
    watches=(
        *rows_for("tls-weakened"),
        _policy("aws_lb_listener", "ssl_policy"),
        _policy("aws_cloudfront_distribution", "viewer_certificate.minimum_protocol_version"),
        _policy("aws_api_gateway_domain_name", "security_policy"),
        _policy("aws_apigatewayv2_domain_name", "domain_name_configuration.security_policy"),
        _policy("aws_opensearch_domain aws_elasticsearch_domain", "domain_endpoint_options.tls_security_policy"),
        _policy("aws_transfer_server", "security_policy_name"),
        _policy("azurerm_storage_account google_compute_ssl_policy", "min_tls_version"),
        _policy("azurerm_mssql_server azurerm_redis_cache", "minimum_tls_version"),
        _policy("azurerm_eventhub_namespace azurerm_servicebus_namespace", "minimum_tls_version"),
        _policy(SERVERS, "ssl_minimal_tls_version_enforced"),
        _policy("azurerm_cosmosdb_account", "minimal_tls_version"),
        _policy(WEB_APPS, "site_config.minimum_tls_version"),
        _policy(WEB_APPS, "site_config.min_tls_version"),
        _policy("cloudflare_zone_settings_override", "settings.min_tls_version"),
    ),
    examples=(
        Fires(
            "aws_lb_listener",
            {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"ssl_policy": "ELBSecurityPolicy-2016-08"},
        ),
        Fires("azurerm_storage_account", {"min_tls_version": "TLS1_2"}, {"min_tls_version": "TLS1_0"}),
        Fires("aws_lb_listener", None, {"ssl_policy": "ELBSecurityPolicy-2016-08"}, Severity.LOW),
        Silent("aws_lb_listener", None, {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}),
    ),
)
