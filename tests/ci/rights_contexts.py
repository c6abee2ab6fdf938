"""Whether a role of the pipeline may do something to a resource of an environment, made now or there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.ci.policies import allowed

# What makes a resource that has no tags yet, or takes a new one with it.
PASSED = {"iam:PassedToService": "scheduler.amazonaws.com"}
CONTEXT = {
    "ec2:CreateAction": "RunInstances",
    "elasticloadbalancing:CreateAction": "CreateListener",
    "application-autoscaling:service-namespace": "ecs",
    "ecs:cluster": "arn:aws:ecs:us-east-1:111111111111:cluster/PREFIX",
    "iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/storyizer-pipeline-boundary",
    "iam:AWSServiceName": "ecs.amazonaws.com",
    **PASSED,
}


def contexts(environment: str) -> Iterator[dict[str, str]]:
    """What is said of a call: for something that is being made, and for something that is there."""
    tags = {"Project": "storyizer", "Environment": environment}
    common = {key: value.replace("PREFIX", f"storyizer-{environment}") for key, value in CONTEXT.items()}
    common["s3:prefix"] = f"{environment}/bundles/a-commit/"
    made = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    own = {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    yield {**common, **made}
    yield {**common, **own}


def may(statements: Sequence[Mapping[str, Any]], action: str, arn: str, environment: str = "staging") -> bool:
    """`arn` has PREFIX where the environment's stands."""
    resource = arn.replace("PREFIX", f"storyizer-{environment}")
    return any(allowed(statements, action, resource, context) for context in contexts(environment))
