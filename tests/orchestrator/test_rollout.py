"""The verdict on a rollout, from what ECS says."""

from __future__ import annotations

import pytest

from orchestrator.rollout import Expected, Observation, judge, short_id, task_address

NEW, OLD = "arn:aws:ecs:::task-definition/words:2", "arn:aws:ecs:::task-definition/words:1"
OTHER = "arn:aws:ecs:::task-definition/words:3"
IMAGES = {NEW: "repo@sha256:new", OLD: "repo@sha256:old"}
MADE = Expected("repo@sha256:new", definition=NEW, before=OLD)


def deployment(definition=NEW, status="PRIMARY", state="COMPLETED", **more):
    return {"taskDefinition": definition, "status": status, "rolloutState": state, **more}


def observation(deployments=None, tasks=(NEW, NEW), desired=2, status="ACTIVE"):
    service = {"status": status, "desiredCount": desired, "deployments": deployments or [deployment()]}
    return Observation(service, [{"taskDefinitionArn": t, "lastStatus": "RUNNING"} for t in tasks], IMAGES)


@pytest.mark.parametrize(
    ("seen", "outcome", "text"),
    [
        (observation(), "live", "2 of 2 tasks run"),
        (observation(desired=0, tasks=()), "live", "0 of 0 tasks run"),
        (observation([deployment(state="IN_PROGRESS")], tasks=[NEW]), "waiting", "1 of 2 new tasks run"),
        (observation([deployment(state="IN_PROGRESS")]), "waiting", "2 of 2 tasks run, ECS is settling"),
        (
            observation([deployment(), deployment(OLD, "ACTIVE")], tasks=[NEW, NEW, OLD]),
            "waiting",
            "2 new tasks run, 1 old to go",
        ),
        # A deployment that failed earlier stays listed for a while; it has no task.
        (observation([deployment(), deployment(OLD, "ACTIVE", "FAILED")]), "live", "2 of 2 tasks run"),
        (observation([deployment(OLD)], tasks=[OLD, OLD]), "failed", "ECS rolled back to the version before"),
        (observation([deployment(state="FAILED")], tasks=()), "failed", "ECS gave the rollout up"),
        (
            observation([deployment(state="FAILED", rolloutStateReason="circuit breaker")], tasks=()),
            "failed",
            "circuit breaker",
        ),
        (observation(status="INACTIVE"), "failed", "the service is INACTIVE"),
        (Observation({}), "failed", "the service is missing"),
    ],
)
def test_verdict(seen, outcome, text):
    verdict = judge(seen, MADE)
    assert (verdict.outcome, verdict.text) == (outcome, text)


def test_a_rollback_to_another_definition_of_the_same_image_is_a_rollback():
    same = Observation(observation([deployment(OLD)]).service, [], {OLD: "repo@sha256:new"})
    assert judge(same, MADE).outcome == "failed"


def test_a_definition_that_nobody_expects_is_another_deploy_s():
    verdict = judge(observation([deployment(OTHER)], tasks=()), MADE)
    assert (verdict.outcome, verdict.text) == ("overtaken", "another deploy has put words:3 there meanwhile")


def test_a_run_that_changed_nothing_goes_by_the_image():
    assert judge(observation(), Expected("repo@sha256:new")).outcome == "live"
    assert judge(observation([deployment(OLD)], tasks=[OLD, OLD]), Expected("repo@sha256:new")).outcome == "failed"


def test_a_task_that_is_not_running_yet_does_not_count():
    seen = observation([deployment(state="IN_PROGRESS")])
    pending = Observation(seen.service, [{"taskDefinitionArn": NEW, "lastStatus": "PENDING"}] * 2, IMAGES)
    assert judge(pending, MADE).text == "0 of 2 new tasks run"


def test_a_task_s_address_is_its_network_interface_s():
    task = {
        "attachments": [
            {"details": [{"name": "subnetId", "value": "s"}, {"name": "privateIPv4Address", "value": "10.0.0.7"}]}
        ]
    }
    assert task_address(task) == "10.0.0.7"
    assert task_address({"containers": [{"networkInterfaces": [{"privateIpv4Address": "10.0.0.8"}]}]}) == "10.0.0.8"
    assert task_address({"attachments": [], "containers": [{}]}) is None


def test_a_task_s_short_id():
    assert short_id({"taskArn": "arn:aws:ecs:us-east-1:1:task/cluster/0123456789abcdef"}) == "01234567"
