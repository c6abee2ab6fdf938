"""Listeners of load balancers: what answers without encryption, and with which certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, blocks, hidden
from orchestrator.review.rules.kit.destroyed import destroyed_too
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, is_set, switched_off

_LISTENERS = frozenset({"aws_lb_listener", "aws_alb_listener"})
_CERTIFICATES = frozenset({"aws_lb_listener_certificate", "aws_alb_listener_certificate"})
_CHANGES = (Action.UPDATE, Action.REPLACE)
_ENCRYPTED = ("HTTPS", "TLS")
_REDIRECT = "Redirect to HTTPS, and forward only on the listener that has the certificate."


def _unencrypted(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = at(resource.before, "protocol"), at(resource.after, "protocol")
    if resource.action is Action.CREATE:
        yield from _new_plain(resource, plan)
    elif resource.action in _CHANGES:
        if before in _ENCRYPTED and after not in _ENCRYPTED and isinstance(after, str):
            yield _finding(
                resource,
                "protocol",
                f"The listener speaks {after} instead of {before}: what passes can be read and changed on its way.",
                Severity.HIGH,
            )
        elif after == "HTTP" and _redirects(resource.before) and _answers(resource.after):
            yield _finding(
                resource,
                "default_action.type",
                "The listener without encryption no longer redirects to HTTPS and answers itself: what passes can be "
                "read and changed on its way.",
                Severity.HIGH,
            )


def _new_plain(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Plain HTTP to the internet. A first deployment has no certificate yet, hence no more than a word."""
    if at(resource.after, "protocol") != "HTTP" or not _answers(resource.after):
        return
    balancer = at(resource.after, "load_balancer_arn")
    if isinstance(balancer, str):
        public = _balancers(plan).get(balancer, False)
    else:
        # Made by this plan; which one is known if all of those are alike.
        made = [item for item in plan.resources if item.type in ("aws_lb", "aws_alb") and item.created]
        public = bool(made) and all(at(item.after, "internal") is not True for item in made)
    if public:
        yield _finding(
            resource,
            "protocol",
            "A new listener answers the internet without encryption: what passes can be read and changed on its way.",
            Severity.LOW,
        )


@per_plan
def _balancers(plan: Plan) -> Mapping[str, bool]:
    """Whether each load balancer of the plan, by its ARN, faces the internet."""
    return {
        arn: at(item.after, "internal") is not True
        for item in plan.resources
        if item.type in ("aws_lb", "aws_alb") and isinstance(arn := at(item.after, "arn"), str)
    }


def _kinds(values: Mapping[str, object] | None) -> set[str]:
    return {str(item.get("type")) for item in blocks(values, "default_action")}


def _redirects(values: Mapping[str, object] | None) -> bool:
    return "redirect" in _kinds(values) and at(values, "default_action.redirect.protocol") in ("HTTPS", "#{protocol}")


def _answers(values: Mapping[str, object] | None) -> bool:
    return bool(_kinds(values) & {"forward", "fixed-response"}) and "redirect" not in _kinds(values)


def _finding(resource: Resource, name: str, says: str, severity: Severity) -> Finding:
    return Finding(
        "listener-unencrypted",
        severity,
        resource.address,
        says,
        _REDIRECT,
        attribute_path(resource, name),
        at(resource.before, name),
        at(resource.after, name),
    )


def _certificate(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in _CERTIFICATES:
        yield from _extra_certificate(resource, plan)
        return
    before, after = at(resource.before, "certificate_arn"), at(resource.after, "certificate_arn")
    if resource.action is not Action.UPDATE or not is_set(before) or hidden(before) or before == after:
        return
    if after is None and at(resource.after, "protocol") in _ENCRYPTED:
        yield Finding(
            "certificate-removed",
            Severity.HIGH,
            resource.address,
            "The listener's certificate is taken away, and without one it cannot answer.",
            "Keep a certificate on the listener.",
            ("certificate_arn",),
            before,
            None,
        )


def _other_certificate(resource: Resource, plan: Plan) -> Iterator[Finding]:
    before, after = at(resource.before, "certificate_arn"), at(resource.after, "certificate_arn")
    if resource.action is Action.UPDATE and is_set(before) and is_set(after) and before != after and not hidden(before):
        yield Finding(
            "certificate-changed",
            Severity.LOW,
            resource.address,
            "The listener presents another certificate from now on.",
            "Make sure that it is issued for every name under which this is reached.",
            ("certificate_arn",),
            before,
            after,
        )


def _extra_certificate(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.action is not Action.DELETE or plan.destroys_all or destroyed_too(resource, plan, "listener_arn"):
        return
    if not new_address(resource, plan):
        yield Finding(
            "certificate-removed",
            Severity.MEDIUM,
            resource.address,
            "A further certificate is taken off the listener: browsers refuse the names that only this one has.",
            "Make sure that the remaining certificates have all names that are in use.",
            ("certificate_arn",),
            at(resource.before, "certificate_arn"),
            None,
        )


_MUTUAL = (
    Switch(
        "mutual_authentication.mode",
        "Clients no longer have to show a certificate: whoever reaches the listener gets in.",
        'Leave mode = "verify".',
        protects=lambda value: value == "verify",
    ),
    Switch(
        "mutual_tls_authentication.truststore_uri",
        "Clients no longer have to show a certificate: whoever reaches the API gets in.",
        "Leave mutual_tls_authentication as it is.",
        protects=is_set,
    ),
)


def _client_certificates(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from switched_off("client-certificates-off", resource, _MUTUAL)


RULES: tuple[Rule, ...] = (
    Rule(
        "listener-unencrypted",
        Severity.HIGH,
        "It answers without encryption",
        "Without TLS passwords, cookies and content can be read and changed on their way.",
        _unencrypted,
        _LISTENERS,
    ),
    Rule(
        "certificate-removed",
        Severity.HIGH,
        "A certificate is taken away",
        "Without a fitting certificate browsers refuse the site.",
        _certificate,
        _LISTENERS | _CERTIFICATES,
    ),
    Rule(
        "certificate-changed",
        Severity.LOW,
        "Another certificate is presented",
        "Browsers refuse names that the new one does not have.",
        _other_certificate,
        _LISTENERS,
    ),
    Rule(
        "client-certificates-off",
        Severity.HIGH,
        "Clients need no certificate any more",
        "The certificate is what tells clients that may from those that may not.",
        _client_certificates,
        _LISTENERS | {"aws_api_gateway_domain_name", "aws_apigatewayv2_domain_name"},
    ),
)
