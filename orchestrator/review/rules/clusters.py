"""Who controls a Kubernetes cluster of EKS."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.values import UNKNOWN, shown

CLUSTER_ACCESS = "aws_eks_access_policy_association"


def cluster_admin(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Control over a Kubernetes cluster. A cluster that is made by the plan needs an administrator."""
    before, after = (resource.before or {}).get("policy_arn"), (resource.after or {}).get("policy_arn")
    if before == after or not isinstance(after, str) or not after.endswith("/AmazonEKSClusterAdminPolicy"):
        return
    cluster = (resource.after or {}).get("cluster_name")
    made = (item.after or {} for item in plan.resources if item.type == "aws_eks_cluster" and item.created)
    fresh = cluster is UNKNOWN or any(values.get("name") == cluster for values in made)
    yield Finding(
        "iam-admin",
        Severity.LOW if fresh else Severity.HIGH,
        resource.address,
        f"{shown((resource.after or {}).get('principal_arn'))} can do everything in the cluster.",
        "Give it AmazonEKSEditPolicy or AmazonEKSViewPolicy, or limit it to namespaces.",
        ("policy_arn",),
        before,
        after,
    )
