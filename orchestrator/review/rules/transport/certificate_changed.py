"""Another certificate on a listener."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import hidden
from orchestrator.review.rules.kit.change import change_of, finding
from orchestrator.review.rules.kit.comparisons import is_set
from orchestrator.review.rules.kit.rows import Reads
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Make sure that it is issued for every name under which the listener is reached."


def _changed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """One that is issued by the same plan is not known yet, and another one all the same."""
    change = change_of(resource, plan, "certificate_arn")
    both = is_set.holds(change.before) and is_set.holds(change.after)
    if resource.action is Action.UPDATE and both and change.before != change.after and not hidden(change.before):
        yield finding(change, "The listener presents another certificate from now on.", _ADVICE, Severity.LOW)


RULE = Rule(
    "certificate-changed",
    Severity.LOW,
    "A listener presents another certificate",
    "Browsers refuse names that the new certificate does not have.",
    looks=_changed,
    watches=(Reads("aws_lb_listener", "certificate_arn"),),
    fix=_ADVICE,
    examples=(
        Fires(
            "aws_lb_listener",
            {"certificate_arn": "arn:aws:acm:shop"},
            {"certificate_arn": "arn:aws:acm:shop-2"},
            both_ways=True,
        ),
        Silent("aws_lb_listener", None, {"certificate_arn": "arn:aws:acm:shop"}),
    ),
)
