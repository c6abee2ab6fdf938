"""Encryption on the way: which TLS is let in; and with `transit` and `listeners`, what needs none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import listeners, transit
from orchestrator.review.rules.facts.tls_policies import Strength, strength, transfer_year
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import not_judgeable
from orchestrator.review.values import shown

_CHANGES = (Action.UPDATE, Action.REPLACE)
_OLDEST_SAFE = 2
"""TLS 1.0 and 1.1 are deprecated (RFC 8996)."""

_POLICIES: Mapping[str, tuple[str, ...]] = {
    "aws_lb_listener": ("ssl_policy",),
    "aws_alb_listener": ("ssl_policy",),
    "aws_cloudfront_distribution": ("viewer_certificate.minimum_protocol_version",),
    "aws_api_gateway_domain_name": ("security_policy",),
    "aws_apigatewayv2_domain_name": ("domain_name_configuration.security_policy",),
    "aws_opensearch_domain": ("domain_endpoint_options.tls_security_policy",),
    "aws_elasticsearch_domain": ("domain_endpoint_options.tls_security_policy",),
    "aws_transfer_server": ("security_policy_name",),
    "azurerm_storage_account": ("min_tls_version",),
    "azurerm_mssql_server": ("minimum_tls_version",),
    "azurerm_redis_cache": ("minimum_tls_version",),
    "azurerm_linux_web_app": ("site_config.minimum_tls_version",),
    "google_compute_ssl_policy": ("min_tls_version",),
    "cloudflare_zone_settings_override": ("settings.min_tls_version",),
}


def _weaker(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is Action.CREATE:
        yield from _born_weak(resource)
        return
    if resource.action not in _CHANGES:
        return
    for name in _POLICIES[resource.type]:
        before, after = at(resource.before, name), at(resource.after, name)
        if not isinstance(before, str) or before == after:
            continue
        if hidden(after) and resource.action is Action.UPDATE:
            yield from not_judgeable(resource, attribute_path(resource, name), before, after, "older TLS is let in.")
        elif isinstance(after, str):
            yield from _compared(resource, name, before, after)


def _compared(resource: Resource, name: str, before: str, after: str) -> Iterator[Finding]:
    dates = transfer_year(before), transfer_year(after)
    if dates[0] and dates[1]:
        if dates[1] < dates[0]:
            yield _tls(resource, name, "The older policy lets in ciphers that the newer one refuses.", Severity.MEDIUM)
        return
    old, new = strength(before), strength(after)
    if old is None or new is None or new >= old:
        return
    if new.least < old.least:
        severity = Severity.HIGH if new.least < _OLDEST_SAFE else Severity.MEDIUM
        yield _tls(resource, name, f"It lets in {new.version}; until now nothing older than {old.version}.", severity)
    elif old.offers_1_3 and not new.offers_1_3:
        yield _tls(resource, name, "It no longer offers TLS 1.3.", Severity.MEDIUM)
    elif new.ciphers < old.ciphers:
        yield _tls(resource, name, "It lets in weaker ciphers of the same TLS versions.", Severity.MEDIUM)


def _born_weak(resource: Resource) -> Iterator[Finding]:
    for name in _POLICIES[resource.type]:
        after = at(resource.after, name)
        found: Strength | None = strength(after) if isinstance(after, str) else None
        # What the provider sets where nothing is said is worth a word only.
        if found is not None and found.least < _OLDEST_SAFE:
            yield _tls(resource, name, f"It is made to let in {found.version}, which is deprecated.", Severity.LOW)


def _tls(resource: Resource, name: str, says: str, severity: Severity) -> Finding:
    before, after = at(resource.before, name), at(resource.after, name)
    change = f"{shown(before)} -> {shown(after)}" if resource.before is not None else shown(after)
    return Finding(
        "tls-weakened",
        severity,
        resource.address,
        f"{says} ({name}: {change})",
        'Keep TLS 1.2 at least; "ELBSecurityPolicy-TLS13-1-2-2021-06" is the usual policy of a load balancer.'
        if name == "ssl_policy"
        else "Keep TLS 1.2 at least.",
        attribute_path(resource, name),
        before,
        after,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "tls-weakened",
        Severity.HIGH,
        "Older or weaker TLS is let in",
        "TLS 1.0 and 1.1 can be broken, and weak ciphers be read later.",
        _weaker,
        frozenset(_POLICIES),
    ),
    *transit.RULES,
    *listeners.RULES,
)
