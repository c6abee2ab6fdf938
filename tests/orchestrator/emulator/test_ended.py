"""What the emulated AWS remembers of what has ended."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.emulator import emulator
from orchestrator.emulator.server.tasks import ended
from orchestrator.system import paths

NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)


def ago(minutes: float) -> str:
    """That moment as MiniStack writes it."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def test_a_stopped_task_is_remembered_for_an_hour() -> None:
    tasks: dict[str, dict[str, Any]] = {
        "runs for a day": {"lastStatus": "RUNNING", "createdAt": ago(1440), "stoppedAt": None},
        "drains for an hour": {"lastStatus": "STOPPING", "createdAt": ago(1440), "stoppedAt": ago(61)},
        "just now": {"lastStatus": "STOPPED", "createdAt": ago(1440), "stoppedAt": ago(0)},
        "59 minutes": {"lastStatus": "STOPPED", "createdAt": ago(1440), "stoppedAt": ago(59)},
        "61 minutes": {"lastStatus": "STOPPED", "createdAt": ago(1440), "stoppedAt": ago(61)},
        "nobody knows since when": {"lastStatus": "STOPPED", "createdAt": ago(61), "stoppedAt": None},
    }
    assert ended.outdated_tasks(tasks.items(), NOW) == ["61 minutes", "nobody knows since when"]


def test_of_each_state_machine_the_latest_executions_are_remembered() -> None:
    executions: dict[str, dict[str, Any]] = {"runs": {"stateMachineArn": "often", "stopDate": None}}
    for number in range(ended.EXECUTIONS_OF_EACH + 2):
        executions[f"often-{number}"] = {"stateMachineArn": "often", "stopDate": ago(number)}
    executions["rarely-0"] = {"stateMachineArn": "rarely", "stopDate": ago(1_000_000)}
    surplus = [f"often-{ended.EXECUTIONS_OF_EACH + number}" for number in range(2)]
    assert list(ended.surplus_executions(executions.items())) == surplus


FORGETS = """
import json
from ministack.core.responses import request_scope
from ministack.services import ecs, stepfunctions
from orchestrator.emulator.server.tasks import ended, stopping
ended.EXECUTIONS_OF_EACH = 1
with request_scope("111111111111", "eu-west-1"):
    for name, stopped in (("old", "2026-02-03T10:00:00.000Z"), ("new", ecs._iso())):
        ecs._tasks[name] = {"taskArn": name, "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedAt": stopped}
        ecs._tags[name] = []
        stepfunctions._executions[name] = {"stateMachineArn": "a", "stopDate": stopped}
    ecs._tasks["ends"] = {"taskArn": "ends", "lastStatus": "STOPPING", "desiredStatus": "STOPPED", "version": 1}
    ENDS
    print(json.dumps([sorted(ecs._tasks), sorted(ecs._tags), sorted(stepfunctions._executions)]))
"""


@pytest.mark.parametrize(
    "ends",
    [
        'stopping.in_background(None)(ecs._tasks["ends"], None)',
        # In a thread of its own, where there is something to be removed.
        'stopping._end(ecs._tasks["ends"], object(), [], [], None)',
    ],
)
def test_a_task_that_ends_takes_what_is_too_old_with_it(tmp_path: Path, ends: str) -> None:
    done = subprocess.run(
        [emulator.ensure_installed(), "-c", FORGETS.replace("ENDS", ends)], text=True, capture_output=True,
        timeout=60, check=True, env={**os.environ, "PYTHONPATH": str(paths.ROOT), "STATE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [["ends", "new"], ["new"], ["new"]]
