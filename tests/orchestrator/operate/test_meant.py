"""Which service and which task is meant."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import ExitCode, Failure
from orchestrator.operate import meant
from orchestrator.proof import rollout


def task(identity: str, **more: Any) -> dict[str, Any]:
    return {"taskArn": f"arn:aws:ecs:us-east-1:1:task/cluster/{identity}", "lastStatus": "RUNNING", **more}


TASKS = [task("aa11"), task("aa22"), task("bb33")]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [(None, "aa11"), ("bb", "bb33"), ("aa22", "aa22"), ("arn:aws:ecs:us-east-1:1:task/cluster/bb33", "bb33")],
)
def test_a_task_is_chosen_by_the_first_digits_of_its_id(wanted: str | None, chosen: str) -> None:
    assert meant.choose(TASKS, "words", wanted, "local")["taskArn"].endswith(chosen)


@pytest.mark.parametrize("wanted", ["cc", "aa", "", "arn:aws:ecs:us-east-1:1:task/cluster/"])
def test_an_id_that_means_no_single_task_is_refused_with_those_that_run(wanted: str) -> None:
    with pytest.raises(Failure) as refused:
        meant.choose(TASKS, "words", wanted, "local")
    assert "aa11, aa22, bb33" in refused.value.reason
    assert refused.value.exit_code is ExitCode.USAGE


def test_without_a_task_there_is_nothing_to_open_a_session_in() -> None:
    with pytest.raises(Failure, match="no task of words runs in local") as refused:
        meant.choose([], "words", None, "local")
    assert "run words local -- COMMAND" in refused.value.next_step


def test_an_unknown_service_is_refused_with_the_nearest_name() -> None:
    refused = meant.unknown("local", "wrds", ["save", "words"])
    assert refused.reason == "Its services: save, words. Did you mean words?"
    assert refused.exit_code is ExitCode.USAGE


def test_where_nothing_is_deployed_up_comes_first() -> None:
    refused = meant.unknown("staging", "words", [])
    assert (refused.exit_code, refused.next_step) == (ExitCode.FAILURE, "python3 orchestrate.py up staging")


def test_the_container_is_the_one_with_the_services_name() -> None:
    both = task("aa", containers=[{"name": "proxy"}, {"name": "words"}])
    assert rollout.container_of(both, "words") == {"name": "words"}
    assert rollout.container_of(task("aa", containers=[{"name": "app"}]), "words") == {"name": "app"}
    assert rollout.container_of(task("aa"), "words") == {}
