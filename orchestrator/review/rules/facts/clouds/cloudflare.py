"""Cloudflare: what stands between the internet and an origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, switch
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import not_true
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Judged, Opens, Removed, Row, Values, protects
from orchestrator.review.values import AttributePath

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_SETTINGS = "cloudflare_zone_settings_override cloudflare_zone_setting"
_SSL = {"off": 0, "flexible": 1, "full": 2, "strict": 3, "origin_pull": 3}
_SECURITY = {"off": 0, "essentially_off": 1, "low": 2, "medium": 3, "high": 4, "under_attack": 5}
_TLS = {"1.0": 0, "1.1": 1, "1.2": 2, "1.3": 3}
_KEEP = "Leave it as it is."
_REFUSING = ("block", "challenge", "js_challenge", "managed_challenge", "jschallenge")
_WAF = (
    "http_request_firewall_custom",
    "http_request_firewall_managed",
    "http_ratelimit",
    "http_request_sbfm",
    "ddos_l7",
)
_KEEP_RULES = "Look up in the security events how many requests these rules stop today."
_APPLICATION, _POLICY = "cloudflare_access_application", "cloudflare_access_policy"

Said = tuple[str, Severity]


def _settings(values: Values | None) -> dict[str, Any]:
    """A zone's settings by their names, from either of the two resources that set them."""
    if values is None:
        return {}
    if isinstance(name := values.get("setting_id"), str):
        return {name: values.get("value")}
    found = at(values, "settings.0") if isinstance(values.get("settings"), Mapping) else None
    block = found or next(iter(blocks(values, "settings")), {})
    return dict(block)


def _transit(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Settings with which requests travel in the open."""
    yield from _weaker(resource, _less_encrypted)


def _less_encrypted(name: str, old: Any, new: Any) -> Said | None:
    if name == "ssl" and _lower(_SSL, old, new):
        if new == "off":
            return "The zone is served in plain HTTP: traffic can be read and modified in transit.", _CRITICAL
        if new == "flexible":
            return "Cloudflare asks the origin in plain HTTP: traffic can be read and modified behind it.", _HIGH
        return "Cloudflare no longer checks the origin's certificate: somebody in between can pose as it.", _MEDIUM
    if name in ("always_use_https", "automatic_https_rewrites") and switch(old) is True and switch(new) is False:
        says = (
            "Plain HTTP is no longer redirected to HTTPS."
            if name == "always_use_https"
            else ("Links to plain HTTP are no longer rewritten.")
        )
        return says, _MEDIUM if name == "always_use_https" else _LOW
    if name == "security_header" and _hsts(old) and not _hsts(new):
        return "Browsers are no longer made to use HTTPS only (HSTS).", _MEDIUM
    return None


def _hsts(value: Any) -> bool:
    inner = at(value, "strict_transport_security")
    return switch(at(inner if inner is not None else value, "enabled")) is True


def _tls(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """The oldest TLS of a zone, where each setting is a resource."""
    if resource.type == "cloudflare_zone_setting":
        yield from _weaker(resource, _older)


def _older(name: str, old: Any, new: Any) -> Said | None:
    if name == "min_tls_version" and _lower(_TLS, old, new):
        return f"TLS {new} is accepted; until now nothing older than TLS {old} was.", _HIGH if _TLS[
            new
        ] < 2 else _MEDIUM
    if name == "tls_1_3" and switch(old) is not False and switch(new) is False:
        return "TLS 1.3 is no longer offered.", _MEDIUM
    return None


def _security(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Settings with which bad requests come through."""
    yield from _weaker(resource, _less_secure)


def _less_secure(name: str, old: Any, new: Any) -> Said | None:
    if name == "waf" and switch(old) is True and switch(new) is False:
        return "The web application firewall is turned off.", _HIGH
    if name == "security_level" and _lower(_SECURITY, old, new) and new in ("off", "essentially_off"):
        return "Visitors with a bad reputation are no longer challenged.", _MEDIUM
    if name == "browser_check" and switch(old) is True and switch(new) is False:
        return "Requests of common abusive programs are no longer refused.", _LOW
    return None


def _weaker(resource: Resource, judge: Any) -> Iterator[Finding]:
    if resource.action not in CHANGED:
        return
    before, after = _settings(resource.before), _settings(resource.after)
    found = [
        (name, said)
        for name, old in before.items()
        if name in after and not (hidden(old) or hidden(after[name])) and (said := judge(name, old, after[name]))
    ]
    if found:
        worst, (_, severity) = max(found, key=lambda item: item[1][1])
        path: AttributePath = ("value",) if "setting_id" in before or at(resource.after, "setting_id") else (
            "settings", 0, worst
        )  # fmt: skip
        says = " ".join(says for _, (says, _) in found)
        yield Finding("", severity, resource.address, says, _KEEP, path, before[worst], after[worst])


def _lower(order: Mapping[str, int], old: Any, new: Any) -> bool:
    known = isinstance(old, str) and isinstance(new, str) and old in order and new in order
    return bool(known and order[new] < order[old])


def _hides_nothing(change: Change) -> bool:
    """True if the record's address is not the origin's that was hidden: a record that is no address hides nothing."""
    return at(change.resource.after, "type") not in ("A", "AAAA", "CNAME", None)


def _rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Rules of a firewall that go, or stop nothing any more."""
    if (
        resource.action not in CHANGED
        or at(resource.before, "phase") not in _WAF
        or hidden(at(resource.after, "rules"))
    ):
        return
    before, after = _named(resource.before), _named(resource.after)
    stopped = sorted(name for name, rule in before.items() if _refuses(rule) and not _refuses(after.get(name, {})))
    skipping = sorted(
        name for name, rule in after.items() if _is_on(rule, ("skip",)) and not _is_on(before.get(name, {}), ("skip",))
    )
    if stopped:
        says = f"These rules stop nothing any more: {listed(stopped)}."
        yield Finding("", _HIGH, resource.address, says, _KEEP_RULES, ("rules",))
    elif skipping:
        says = f"Requests that match these rules skip others from now on: {listed(skipping)}."
        yield Finding("", _MEDIUM, resource.address, says, "Make the expressions as narrow as can be.", ("rules",))


def _named(values: Values | None) -> dict[str, Mapping[str, Any]]:
    rules = blocks(values, "rules")
    return {str(rule.get("ref") or rule.get("description") or rule.get("expression")): rule for rule in rules}


def _refuses(rule: Mapping[str, Any]) -> bool:
    # A rule that runs a managed set of rules stops what those stop.
    return _is_on(rule, (*_REFUSING, "execute"))


def _is_on(rule: Mapping[str, Any], actions: tuple[str, ...]) -> bool:
    return rule.get("action") in actions and rule.get("enabled") is not False


def _old_rules(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Firewall rules of the old kind, rate limits and access rules that stop nothing any more."""
    if resource.action is not Action.UPDATE:
        return
    name = "mode" if resource.type == "cloudflare_access_rule" else "action"
    before, after = at(resource.before, name), at(resource.after, name)
    paused = at(resource.before, "paused") is not True and at(resource.after, "paused") is True
    if before in _REFUSING and (paused or (after not in _REFUSING and isinstance(after, str))):
        says = (
            "The rule is paused: it stops nothing any more."
            if paused
            else (f"The rule stops nothing any more: its {name} changes from {before} to {after}.")
        )
        yield Finding("", _HIGH, resource.address, says, _KEEP_RULES, (name,), before, after)


def _is_no_waf(change: Change) -> bool:
    return at(change.resource.before, "phase") not in _WAF


def _everyone(values: Values) -> tuple[AttributePath, Any] | None:
    """Policies that let everybody in, and demand nothing else."""
    if values.get("decision") not in ("allow", None) or blocks(values, "require"):
        return None
    for item in blocks(values, "include"):
        everyone = item.get("everyone")
        if everyone is True or isinstance(everyone, Mapping) or (isinstance(everyone, list) and everyone):
            return ("include",), "everyone"
    return None


def _tokens(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Tokens for every account or zone."""
    before, after = _scopes(resource.before), _scopes(resource.after)
    if new := sorted(after - before):
        says = f"The token may be used on {listed(new)}."
        yield Finding(
            "", _MEDIUM, resource.address, says, "Name the zones or the account that it is for.", ("policies",)
        )


def _scopes(values: Values | None) -> set[str]:
    wide = {"com.cloudflare.api.account.*": "every account", "com.cloudflare.api.account.zone.*": "every zone"}
    found: set[str] = set()
    for name in ("policy", "policies"):
        for item in blocks(values, name):
            resources = item.get("resources")
            text = str(resources) if isinstance(resources, str | Mapping) else ""
            found |= {says for key, says in wide.items() if f"'{key}'" in text or f'"{key}"' in text}
    return found


def _endless(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Tokens that do not expire."""
    if resource.before is None and resource.after is not None and not at(resource.after, "expires_on"):
        says = "Creates a token that does not expire, with its secret in Terraform's state."
        yield Finding(
            "", _MEDIUM, resource.address, says, "Set expires_on, and replace it before then.", ("expires_on",)
        )


ROWS: dict[str, tuple[Row, ...]] = {
    "protection-off": (
        protects(
            "cloudflare_record",
            "proxied",
            "Requests go straight to the origin: its address becomes visible, and nothing of Cloudflare (firewall, "
            "DDoS protection, cache, certificate) stands in front of it.",
            "Leave proxied on, unless the name is for something that cannot be proxied.",
            unless=_hides_nothing,
        ),
        protects(
            "cloudflare_zone",
            "paused",
            "The zone is paused: requests go straight to the origins, past everything that Cloudflare does.",
            "Leave paused off.",
            as_long_as=not_true,
        ),
        Judged(_SETTINGS, "settings value", _security),
        Judged("cloudflare_ruleset", "rules", _rules),
        Judged(
            "cloudflare_firewall_rule cloudflare_rate_limit cloudflare_access_rule cloudflare_waf_rule",
            "action mode paused",
            _old_rules,
        ),
        Removed(
            "cloudflare_ruleset",
            "Requests to the zone are no longer filtered by these rules.",
            _KEEP_RULES,
            unless=_is_no_waf,
            given={"phase": _WAF[0]},
        ),
        Removed(
            "cloudflare_firewall_rule cloudflare_rate_limit cloudflare_access_rule",
            "Requests are no longer filtered by this rule.",
            _KEEP_RULES,
            unless=lambda change: (
                at(change.resource.before, "mode") not in (None, *_REFUSING)
                or at(change.resource.before, "action") in ("allow", "bypass", "log")
            ),
        ),
    ),
    "authentication-off": (
        Removed(
            _APPLICATION,
            "The application is no longer behind Access: whoever reaches it needs no login of Cloudflare any more.",
            "Keep it, unless the application requires a login itself.",
            joins=("zone_id",),
        ),
        Opens(
            _POLICY,
            "decision",
            ("bypass",),
            "The policy lets through without a login whoever it includes.",
            'Use decision = "allow", or "non_identity" with a service token for programs.',
            _HIGH,
            _HIGH,
        ),
    ),
    "resource-public": (
        Opens(
            _POLICY,
            "include",
            (),
            "The policy allows everybody who can log in with any of the identity providers, one-time codes included.",
            "Include a group, a domain or named people.",
            _HIGH,
            _HIGH,
            _everyone,
        ),
        Opens(
            "cloudflare_r2_managed_domain",
            "enabled",
            (True,),
            "Everybody can read the bucket's objects at its public r2.dev address.",
            "Leave it off; serve what is public from a domain of your own.",
            _CRITICAL,
            _HIGH,
        ),
    ),
    "transit-unencrypted": (Judged(_SETTINGS, "settings value", _transit),),
    "tls-weakened": (Judged("cloudflare_zone_setting", "value", _tls),),
    "iam-access-widened": (Judged("cloudflare_api_token cloudflare_account_token", "policies", _tokens),),
    "long-lived-credential": (Judged("cloudflare_api_token cloudflare_account_token", "expires_on", _endless),),
    "client-certificates-off": (
        protects(
            "cloudflare_authenticated_origin_pulls",
            "enabled",
            "Origins can no longer tell that a request comes from Cloudflare: who knows their address gets an answer.",
            "Leave it on.",
            actions=UPDATED,
        ),
    ),
}
