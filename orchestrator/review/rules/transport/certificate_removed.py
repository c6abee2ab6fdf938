"""Certificates that are removed from a listener."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.kit.attributes import at, switch
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import Comparison, is_set, no_longer
from orchestrator.review.rules.kit.rows import UPDATED, Removed, Watch
from orchestrator.review.rules.kit.rule import Rule

_DISTRIBUTION = "aws_cloudfront_distribution"


def _needs_none(change: Change) -> bool:
    return at(change.resource.after, "protocol") not in ("HTTPS", "TLS")


RULE = Rule(
    "certificate-removed",
    Severity.HIGH,
    "A certificate is removed",
    "Without a matching certificate, browsers refuse the site.",
    watches=(
        Watch(
            "aws_lb_listener",
            "certificate_arn",
            no_longer(is_set),
            "The listener's certificate is removed, and it cannot answer without one.",
            "Keep a certificate on the listener.",
            Severity.HIGH,
            UPDATED,
            unless=_needs_none,
            given={"protocol": "HTTPS"},
            unknown=None,  # one that is issued by the same plan is not known yet
        ),
        Watch(
            _DISTRIBUTION,
            "viewer_certificate.cloudfront_default_certificate",
            Comparison("is turned on", (False, True), switch, lambda old, new: new is True and old is not True),
            "The distribution's own certificate is removed, and CloudFront's takes its place, which has none of its "
            "aliases: browsers refuse them, and CloudFront refuses the change while there are any.",
            "Keep the certificate (acm_certificate_arn), or remove the aliases once nobody uses them.",
            Severity.HIGH,
            UPDATED,
            unless=lambda change: not at(change.resource.before, "aliases"),
            given={"aliases": ["shop.example.com"]},
            unknown=None,
        ),
        Removed(
            "aws_lb_listener_certificate",
            "An additional certificate is removed from the listener: browsers refuse the names that only this one has.",
            "Make sure that the remaining certificates have all names that are in use.",
            Severity.MEDIUM,
            of="listener_arn",
            path="certificate_arn",
        ),
    ),
    examples=(
        Fires(
            "aws_lb_listener",
            {"protocol": "HTTPS", "certificate_arn": "arn:aws:acm:shop"},
            {"protocol": "HTTPS", "certificate_arn": None},
        ),
        Fires(
            "aws_lb_listener_certificate",
            {"listener_arn": "arn:aws:listener", "certificate_arn": "arn:aws:acm:shop"},
            None,
            Severity.MEDIUM,
            beside=(same("aws_lb_listener.web", {"arn": "arn:aws:listener"}),),
        ),
        Silent(
            _DISTRIBUTION,
            {"aliases": [], "viewer_certificate": [{"cloudfront_default_certificate": False}]},
            {"aliases": [], "viewer_certificate": [{"cloudfront_default_certificate": True}]},
        ),
        Silent("aws_lb_listener", {"certificate_arn": "arn:aws:acm:shop"}, {"certificate_arn": "arn:aws:acm:shop-2"}),
    ),
)
