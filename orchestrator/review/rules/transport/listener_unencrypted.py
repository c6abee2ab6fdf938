"""Listeners of load balancers that answer without encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.rows import CHANGED, Reads
from orchestrator.review.rules.kit.rule import Rule

_ENCRYPTED = ("HTTPS", "TLS")
_ADVICE = "Redirect to HTTPS, and forward only on the listener that has the certificate."
_READABLE = "traffic can be read and modified in transit."


def _unencrypted(resource: Resource, plan: Plan) -> Iterator[Finding]:
    protocol = change_of(resource, plan, "protocol")
    if resource.action is Action.CREATE:
        if _answers_the_internet(resource, plan):
            says = f"A new listener answers the internet without encryption: {_READABLE}"
            # A first deployment has no certificate yet, hence no more than a word.
            yield finding(protocol, says, _ADVICE, Severity.LOW)
    elif resource.action in CHANGED:
        before, after = protocol.before, protocol.after
        if before in _ENCRYPTED and after not in _ENCRYPTED and isinstance(after, str):
            says = f"The listener uses {after} instead of {before}: {_READABLE}"
            yield finding(protocol, says, _ADVICE, Severity.HIGH)
        elif after == "HTTP" and _redirects(resource.before) and _answers(resource.after):
            says = f"The unencrypted listener no longer redirects to HTTPS but answers by itself: {_READABLE}"
            yield finding(change_of(resource, plan, "default_action.type"), says, _ADVICE, Severity.HIGH)


def _answers_the_internet(resource: Resource, plan: Plan) -> bool:
    if at(resource.after, "protocol") != "HTTP" or not _answers(resource.after):
        return False
    balancer = at(resource.after, "load_balancer_arn")
    if isinstance(balancer, str):
        return _balancers(plan).get(balancer, False)
    # Made by this plan; which one is known if all of those are alike.
    made = [item for item in plan.resources if item.type in ("aws_lb", "aws_alb") and item.created]
    return bool(made) and all(at(item.after, "internal") is not True for item in made)


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


_FORWARD = [{"type": "forward"}]

RULE = Rule(
    "listener-unencrypted",
    Severity.HIGH,
    "A listener answers without encryption",
    "Without TLS, passwords, cookies and content can be read and modified in transit.",
    looks=_unencrypted,
    watches=(Reads("aws_lb_listener", "protocol default_action"),),
    fix=_ADVICE,
    examples=(
        Fires("aws_lb_listener", {"protocol": "HTTPS"}, {"protocol": "HTTP"}),
        Fires(
            "aws_lb_listener",
            {"protocol": "HTTP", "default_action": [{"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}]},
            {"protocol": "HTTP", "default_action": _FORWARD},
        ),
        Fires(
            "aws_lb_listener",
            None,
            {"protocol": "HTTP", "load_balancer_arn": "arn:aws:lb", "default_action": _FORWARD},
            Severity.LOW,
            beside=(same("aws_lb.web", {"arn": "arn:aws:lb", "internal": False}),),
        ),
        Silent(
            "aws_lb_listener",
            None,
            {"protocol": "HTTP", "default_action": [{"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}]},
        ),
    ),
)
