"""What happens around a deploy: a task before it, a job by hand, a number of tasks that autoscaling has set."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestrator.system import paths
from tests.system.conftest import Clone
from tests.system.states import States

pytestmark = [pytest.mark.system, pytest.mark.long]

CLUSTER = "storyizer-local"
KINDS = paths.ROOT / "tests" / "system" / "kinds"
MIGRATES = "print('migrating', flush=True); raise SystemExit({code})"
NIGHTLY = '''"""Takes its time, and fails."""

import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
print("good night", flush=True)
time.sleep(45)
sys.exit(3)
'''


def manifest(clone: Clone, service: str) -> Path:
    """A service's manifest in the clone."""
    return clone.folder / "services" / service / "service.yaml"


def add(clone: Clone, service: str, text: str) -> None:
    """Add keys to a manifest."""
    file = manifest(clone, service)
    file.write_text(file.read_text() + text)


def before_deploy(code: int) -> str:
    """The key for a command that ends so."""
    return f'before_deploy: {{command: [python3, -c, "{MIGRATES.format(code=code)}"], timeout: 120}}\n'


def described(clone: Clone, service: str) -> Any:
    """What ECS says of a service."""
    (found,) = clone.client("ecs").describe_services(cluster=CLUSTER, services=[service])["services"]
    return found


def nothing_is_left(clone: Clone) -> bool:
    """True if no task runs beside those of services, and no definition of one is registered."""
    ecs = clone.client("ecs")
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=ecs.list_tasks(cluster=CLUSTER)["taskArns"])["tasks"]
    pages = ecs.get_paginator("list_task_definitions").paginate(status="ACTIVE")
    registered = [arn for page in pages for arn in page["taskDefinitionArns"] if "-run:" in arn]
    return not registered and not [
        task for task in tasks if task["group"].startswith("run:") and task["lastStatus"] != "STOPPED"
    ]


@pytest.fixture
def clone(states: States) -> Clone:
    """An environment with a job and a service that is scaled, both new to it, and a task before either."""
    return states.given("steps", lambda: with_steps(states.base()), keep=True)


def with_steps(clone: Clone) -> Clone:
    """Deploy them in a system at its base."""
    for name in ("nightly", "pricing"):
        folder = clone.folder / "services" / name
        shutil.copytree(KINDS / name, folder)
        for file in ("requirements.in", "requirements.txt"):
            shutil.copy2(clone.folder / "services" / "words" / file, folder / file)
    (clone.folder / "services" / "nightly" / "app" / "__main__.py").write_text(NIGHTLY)
    clone.edit("services/pricing/service.yaml", "count: 1", "scaling: {min: 1, max: 4, cpu: 60}")
    add(clone, "nightly", before_deploy(0))
    add(clone, "pricing", before_deploy(0))
    ended = clone.run("up", "--json")
    for name in ("nightly", "pricing"):
        assert f"before_deploy {name}: migrating" in ended.stderr
        assert f"before_deploy {name}: ended with 0" in ended.stderr
    return clone


def test_what_waited_for_its_task_is_live_and_the_plan_is_clean(clone: Clone) -> None:
    said = clone.run("status", "--json").json()
    assert (said["services"]["pricing"]["desired"], said["services"]["pricing"]["healthy"]) == (1, 1)
    assert said["jobs"]["nightly"]["schedule"] == {
        "expression": "cron(0 3 * * ? *)", "time_zone": "Europe/Berlin", "enabled": True,
    }  # fmt: skip
    assert clone.plain_terraform_plan() == 0
    assert clone.run("diff", "--json", "--detailed-exitcode").json()["differs"] is False
    assert nothing_is_left(clone)


class TestBeforeDeploy:
    def test_one_that_fails_stops_the_deploy_and_what_runs_stays(self, clone: Clone) -> None:
        text, before = manifest(clone, "words").read_text(), described(clone, "words")
        add(clone, "words", before_deploy(7))
        clone.edit("services/words/service.yaml", "environment: {}", "environment: {ADDED: here}")
        ended = clone.run("up", code=4)
        assert "before_deploy words: migrating" in ended.stderr
        assert "error: before_deploy of words failed: it ended with 7; nothing was changed, r" in ended.stderr
        assert "| migrating" in ended.stderr
        assert "terraform apply" not in ended.stderr
        assert described(clone, "words")["taskDefinition"] == before["taskDefinition"]
        assert clone.get("/api/words?kind=noun&count=1").status == 200
        assert "migrating" in clone.run("logs", "words", "--failed").stdout
        assert nothing_is_left(clone)
        manifest(clone, "words").write_text(text)
        assert clone.run("plan", "--detailed-exitcode").code == 0

    def test_one_that_ends_well_is_followed_by_the_rollout(self, clone: Clone) -> None:
        before = described(clone, "words")["taskDefinition"]
        add(clone, "words", before_deploy(0))
        clone.edit("services/words/service.yaml", "environment: {}", "environment: {ADDED: here}")
        said = clone.run("up").stderr
        assert said.index("before_deploy words: ended with 0") < said.index("terraform apply")
        assert said.index("before_deploy words: ended with 0") < said.index("standby")
        assert described(clone, "words")["taskDefinition"] != before
        assert "before_deploy" not in clone.run("up").stderr  # nothing has changed


class TestJob:
    def test_its_exit_code_and_its_lines_are_the_runs_and_another_is_refused_meanwhile(self, clone: Clone) -> None:
        run = clone.begin("run", "nightly", "--json")
        run.wait_for("good night")
        assert len(clone.run("status", "--json").json()["jobs"]["nightly"]["tasks"]) == 1
        assert "a run of nightly goes on" in clone.run("run", "nightly", code=1).stderr
        ended = run.end(3).json()
        assert (ended["exit_code"], "/nightly@sha256:" in ended["image"]) == (3, True)
        job = clone.run("status", "--json").json()["jobs"]["nightly"]
        assert (job["tasks"], job["last_run"]["result"]) == ([], "failed")
        assert "good night" in clone.run("logs", "nightly").stdout

    def test_ctrl_c_stops_it(self, clone: Clone) -> None:
        run = clone.begin("run", "nightly", "--json")
        run.wait_for("good night")
        run.interrupt()
        assert "The task is stopped" in run.end(130).stderr
        assert nothing_is_left(clone)

    def test_a_command_runs_in_a_task_of_it_and_no_service_is_run_without_one(self, clone: Clone) -> None:
        done = clone.run("run", "nightly", "--", "python3", "-c", "import os; print(os.environ['GREETING'])")
        assert done.stdout == "good night\n"
        assert "only a job can be run without one" in clone.run("run", "words", code=64).stderr
        assert "nightly is a job" in clone.run("exec", "nightly", "--", "ls", code=64).stderr
        assert "nightly is a job" in clone.run("scale", "nightly", "2", code=64).stderr


@pytest.mark.long
def test_a_number_of_tasks_that_autoscaling_has_set_survives_up(clone: Clone) -> None:
    clone.client("ecs").update_service(cluster=CLUSTER, service="pricing", desiredCount=3)
    assert clone.run("diff", "--json").json()["services"]["pricing"]["settings"] == {}
    assert "autoscaling decides how many tasks of pricing run" in clone.run("scale", "pricing", "2", code=1).stderr
    clone.edit("services/words/service.yaml", "environment: {}", "environment: {ADDED: here}")
    clone.run("up")
    assert described(clone, "pricing")["desiredCount"] == 3
    assert clone.plain_terraform_plan() == 0
