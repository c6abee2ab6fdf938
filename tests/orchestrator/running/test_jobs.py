"""What a job's state machine says of its runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.running import jobs

DEFINITION = "arn:aws:ecs:us-east-1:000000000000:task-definition/storyizer-local-nightly:7"
# As terraform/modules/job/definition.tf makes it (its own tests hold it to that).
RUN: dict[str, Any] = {
    "TimeoutSeconds": 3600,
    "Parameters": {
        "Cluster": "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-local", "TaskDefinition": DEFINITION,
        "CapacityProviderStrategy": [{"Base": 0, "CapacityProvider": "FARGATE", "Weight": 1}],
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {"AssignPublicIp": "DISABLED", "SecurityGroups": ["sg-1"], "Subnets": ["subnet-a"]}
        },
    },
}  # fmt: skip


def text(look: bool = True, **parameters: Any) -> str:
    run = {**RUN, "Parameters": {**RUN["Parameters"], **parameters}}
    return json.dumps({"States": {"Run": run, **({"Look for a running task": {}} if look else {})}})


def test_a_run_is_asked_for_as_the_state_machine_asks_for_it() -> None:
    job = jobs.read("nightly", "arn:machine", text(), "storyizer-local")
    assert job is not None
    assert (job.definition, job.family, job.seconds, job.skips) == (DEFINITION, "storyizer-local-nightly", 3600, True)
    assert job.placement == {
        "capacityProviderStrategy": [{"base": 0, "capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {
            "awsvpcConfiguration": {"assignPublicIp": "DISABLED", "securityGroups": ["sg-1"], "subnets": ["subnet-a"]}
        },
    }


def test_runs_may_overlap_where_nothing_is_looked_for() -> None:
    job = jobs.read("nightly", "arn:machine", text(look=False), "storyizer-local")
    assert job is not None
    assert not job.skips


@pytest.mark.parametrize("other", [text(Cluster="arn:aws:ecs:r:1:cluster/storyizer-local-b"), "{}", "no JSON", "[]"])
def test_what_runs_nothing_in_this_cluster_is_no_job_of_it(other: str) -> None:
    assert jobs.read("nightly", "arn:machine", other, "storyizer-local") is None
