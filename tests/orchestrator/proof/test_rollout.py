"""The verdict on a rollout, from what ECS says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from orchestrator.cli.verbs.inspect.status import rollout_state
from orchestrator.proof import evidence
from orchestrator.proof.probe import is_gone, task_address
from orchestrator.proof.rollout import Expected, Observation, judge

NEW, OLD = "arn:aws:ecs:::task-definition/words:2", "arn:aws:ecs:::task-definition/words:1"
OTHER = "arn:aws:ecs:::task-definition/words:3"
IMAGES = {NEW: "repo@sha256:new", OLD: "repo@sha256:old"}
MADE = Expected("repo@sha256:new", definition=NEW, before=OLD)


def deployment(definition: str = NEW, status: str = "PRIMARY", state: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    return {"taskDefinition": definition, "status": status, "rolloutState": state, **more}


def observation(
    deployments: list[dict[str, Any]] | None = None,
    tasks: Sequence[str] = (NEW, NEW),
    desired: int = 2,
    status: str = "ACTIVE",
) -> Observation:
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
def test_verdict(seen: Observation, outcome: str, text: str) -> None:
    verdict = judge(seen, MADE)
    assert (verdict.outcome, verdict.text) == (outcome, text)


def test_a_rollback_to_another_definition_of_the_same_image_is_a_rollback() -> None:
    same = Observation(observation([deployment(OLD)]).service, [], {OLD: "repo@sha256:new"})
    assert judge(same, MADE).outcome == "failed"


def test_a_definition_that_nobody_expects_is_another_deploy_s() -> None:
    verdict = judge(observation([deployment(OTHER)], tasks=()), MADE)
    assert (verdict.outcome, verdict.text) == ("overtaken", "another deploy has put words:3 there meanwhile")


def test_a_run_that_changed_nothing_goes_by_the_image() -> None:
    assert judge(observation(), Expected("repo@sha256:new")).outcome == "live"
    assert judge(observation([deployment(OLD)], tasks=[OLD, OLD]), Expected("repo@sha256:new")).outcome == "failed"


def test_a_task_that_is_not_running_yet_does_not_count() -> None:
    seen = observation([deployment(state="IN_PROGRESS")])
    pending = Observation(seen.service, [{"taskDefinitionArn": NEW, "lastStatus": "PENDING"}] * 2, IMAGES)
    assert judge(pending, MADE).text == "0 of 2 new tasks run"


def test_a_task_s_address_is_its_network_interface_s() -> None:
    task = {
        "attachments": [
            {"details": [{"name": "subnetId", "value": "s"}, {"name": "privateIPv4Address", "value": "10.0.0.7"}]}
        ]
    }
    assert task_address(task) == "10.0.0.7"
    assert task_address({"containers": [{"networkInterfaces": [{"privateIpv4Address": "10.0.0.8"}]}]}) == "10.0.0.8"
    assert task_address({"attachments": [], "containers": [{}]}) is None


def died(definition: str = NEW, number: int = 1, code: str = "EssentialContainerExited", **more: Any) -> dict[str, Any]:
    """A task that has stopped; a later one has the higher number."""
    return {
        "taskArn": f"task/{definition[-1]}{number:07d}", "taskDefinitionArn": definition, "lastStatus": "STOPPED",
        "stopCode": code, "stoppedAt": f"2026-01-01T00:00:{number:02d}Z", "containers": [{"exitCode": 1}], **more,
    }  # fmt: skip


def with_stopped(seen: Observation, *tasks: dict[str, Any]) -> Observation:
    return Observation(seen.service, seen.tasks, seen.images, tasks)


def test_three_of_its_tasks_that_ended_are_the_verdict_whatever_ecs_says() -> None:
    completed = with_stopped(observation(), *(died(number=number) for number in (1, 2, 3)))
    assert (judge(completed, MADE).outcome, judge(completed, MADE).text) == ("failed", "3 of its tasks have stopped")
    first = Expected("repo@sha256:new", definition=NEW)
    assert judge(completed, first).outcome == "failed", "a first deploy as well"


def test_two_of_its_tasks_that_ended_are_told() -> None:
    seen = with_stopped(observation(tasks=[NEW]), died(number=1), died(number=2))
    assert judge(seen, MADE).text == "1 of 2 new tasks run, 2 stopped"


def test_tasks_of_another_version_or_that_were_stopped_from_outside_do_not_count() -> None:
    others = [died(OLD, number) for number in (1, 2, 3)] + [died(NEW, number, "UserInitiated") for number in (4, 5, 6)]
    assert judge(with_stopped(observation(), *others), MADE).outcome == "live"


def test_the_evidence_is_the_latest_task_of_that_version_that_ended_by_itself() -> None:
    seen = with_stopped(
        observation(), died(number=2), died(number=5), died(OLD, 9), died(number=8, code="UserInitiated")
    )
    assert [task["taskArn"] for task in evidence.suspects(seen, MADE)] == ["task/20000005"]


def test_the_evidence_of_a_version_whose_tasks_run_is_of_all_of_them() -> None:
    running = [
        {"taskArn": f"task/{n}", "taskDefinitionArn": arn, "lastStatus": "RUNNING", "createdAt": n}
        for n, arn in (("1", NEW), ("2", NEW), ("3", OLD))
    ]
    found = evidence.suspects(Observation(observation().service, running, IMAGES), MADE)
    assert [task["taskArn"] for task in found] == ["task/2", "task/1"]
    assert evidence.suspects(Observation({}), MADE) == []


def test_lines_of_the_log_are_by_time_and_those_of_one_moment_in_the_order_of_arrival() -> None:
    said = [(5, "Traceback:"), (5, "  File"), (5, "KeyError"), (9, "last"), (3, "of another task\nand its second line")]
    events = [{"timestamp": at, "message": text} for at, text in said]
    expected = ["of another task", "and its second line", "Traceback:", "  File", "KeyError", "last"]
    assert evidence.in_order(events) == expected
    assert evidence.in_order([{"timestamp": 1, "message": "\x1b[31mERROR\x1b[0m no\n"}]) == ["ERROR no"]


def test_lines_that_come_one_after_the_other_are_all_of_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LOG_AGAIN_SECONDS", 0.0)
    answers = iter([[], [], ["Traceback"], ["Traceback", "KeyError"], ["Traceback", "KeyError"], ["another's"]])
    assert evidence.whole(lambda: next(answers)) == ["Traceback", "KeyError"]
    monkeypatch.setattr(evidence, "LOG_SECONDS", 0.0)
    assert evidence.whole(lambda: []) == []


def test_a_task_without_its_container_is_gone() -> None:
    task = {"lastStatus": "RUNNING", "containers": [{"runtimeId": "0123456789ab"}]}
    assert not is_gone(task, ["0123456789abcdef", "ffff"])
    assert is_gone(task, ["ffff"])
    assert is_gone(task, [])
    assert not is_gone({**task, "lastStatus": "PENDING"}, [])
    assert not is_gone({"lastStatus": "RUNNING", "containers": [{}]}, []), "not known which container it is"
    first = {"runtimeId": "aaaa", "lastStatus": "STOPPED"}
    assert not is_gone({**task, "containers": [first, *task["containers"]]}, ["0123456789abcdef"])


def test_what_does_not_run_is_not_called_completed() -> None:
    assert rollout_state("COMPLETED", 2, 2) == "COMPLETED"
    assert rollout_state("COMPLETED", 2, 0) == "INCOMPLETE"
    assert rollout_state("IN_PROGRESS", 2, 0) == "IN_PROGRESS"
    assert rollout_state("COMPLETED", 0, 0) == "COMPLETED"
