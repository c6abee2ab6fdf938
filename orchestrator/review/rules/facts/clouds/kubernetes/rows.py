"""What Kubernetes adds to the rules."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.kubernetes import helm, network, pods, protections, rbac
from orchestrator.review.rules.facts.clouds.kubernetes.objects import stays_or_goes_along
from orchestrator.review.rules.kit.comparisons import not_true
from orchestrator.review.rules.kit.rows import UPDATED, Opens, Removed, Row, protects

ROWS: dict[str, tuple[Row, ...]] = {
    "authentication-off": network.NO_LOGIN,
    "autoscaling-removed": (
        Removed(
            "kubernetes_horizontal_pod_autoscaler",
            "The autoscaler is destroyed: the number of pods no longer follows the load.",
            "Restore it, or make sure that the pods are enough for the peaks.",
            Severity.MEDIUM,
            unless=stays_or_goes_along,
        ),
    ),
    "availability-reduced": protections.AVAILABILITY,
    "capacity-cut": (*pods.LESS, *helm.FEWER_PODS),
    "capacity-zero": (
        *helm.NO_PODS,
        protects(
            "kubernetes_cron_job",
            "spec.suspend",
            "The cron job is suspended: no job is started any more.",
            "Leave suspend off.",
            as_long_as=not_true,
            actions=UPDATED,
        ),
    ),
    "egress-widened": network.LETS_OUT,
    "health-check-weakened": pods.PROBES,
    "iam-access-widened": rbac.WIDENED,
    "iam-admin": rbac.ADMIN,
    "ingress-open-world": network.FROM_EVERYWHERE,
    "ingress-widened": network.WIDENED,
    "isolation-weakened": (*protections.ISOLATION, *helm.PRIVILEGED),
    "long-lived-credential": (
        Opens(
            "kubernetes_secret",
            "type",
            ("kubernetes.io/service-account-token",),
            "Creates a token of a service account that does not expire.",
            "Have it made when it is needed (`kubectl create token`), or put into the pod by the cluster.",
            Severity.MEDIUM,
            Severity.MEDIUM,
        ),
    ),
    "protection-off": (*protections.PROTECTIONS, *helm.NOT_KEPT),
    "public-address": (*network.TO_INTERNET, *helm.OPENED),
    "resource-public": rbac.PUBLIC,
    "service-interrupted": helm.UPGRADED,
    "transit-unencrypted": network.NO_TLS,
}
