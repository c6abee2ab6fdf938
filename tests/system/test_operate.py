"""exec, run, scale and `up --service` by their commands."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import threading
from typing import Any, NamedTuple

import pytest

from tests.system.conftest import PYTHON, Clone
from tests.system.polling import wait_for, wait_until
from tests.system.states import States

pytestmark = pytest.mark.system

CLUSTER = "storyizer-local"
SLEEPS = "import time; print('begun', flush=True); time.sleep(300)"
TERMINAL_SECONDS = 120
# A shell's or Python's, and what moves the cursor behind it.
PROMPT = re.compile(rb"(# |>>> )(\x1b\[[0-9;?]*[A-Za-z])*$")
LOOK = """
tr '\\0' ' ' < /proc/1/cmdline | sed 's/ $//'; echo
test -d /proc/1/root/srv && echo "the service's files"
python3 -c "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/healthz').status)"
exit 4
"""


class Scaled(NamedTuple):
    """An environment with three tasks of words instead of two, and what `scale --json` said."""

    clone: Clone
    said: dict[str, Any]


@pytest.fixture
def scaled(states: States) -> Scaled:
    """Somebody has scaled words."""

    def make() -> Scaled:
        clone = states.base()
        return Scaled(clone, clone.run("scale", "words", "3", "--json").json())

    return states.given("scaled", make)


def in_a_terminal(clone: Clone, *arguments: str, keys: list[bytes]) -> tuple[int, str]:
    """The exit code and the output of a command that is typed at a terminal, where each prompt gets the next keys."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [PYTHON, "orchestrate.py", *arguments], cwd=clone.folder, stdin=its, stdout=its, stderr=its,
        start_new_session=True, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(its)
    said, answered, typed = b"", 0, list(keys)
    try:
        while True:
            assert select.select([ours], [], [], TERMINAL_SECONDS)[0], f"it says nothing more: {said!r}"
            try:
                said += os.read(ours, 4096)
            except OSError:  # nobody has it open any more
                break
            # One that is answered already is not asked again, however late the echo comes.
            if typed and PROMPT.search(said, answered):
                answered = len(said)
                os.write(ours, typed.pop(0))
        return process.wait(TERMINAL_SECONDS), said.decode(errors="replace")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def tasks(clone: Clone, service: str) -> list[str]:
    """The ids of the tasks that `status` counts."""
    return list(clone.run("status", "--json").json()["services"][service]["tasks"])


def targets(clone: Clone, service: str) -> set[str]:
    """The addresses to which the load balancer sends a service's requests."""
    (found,) = clone.client("ecs").describe_services(cluster=CLUSTER, services=[service])["services"]
    group = found["loadBalancers"][0]["targetGroupArn"]
    states = clone.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {item["Target"]["Id"] for item in states}


def registered(clone: Clone) -> list[str]:
    """The definitions of one-off tasks that are registered."""
    pages = clone.client("ecs").get_paginator("list_task_definitions").paginate(status="ACTIVE")
    return [arn for page in pages for arn in page["taskDefinitionArns"] if "-run:" in arn]


def one_off_tasks(clone: Clone) -> list[dict[str, Any]]:
    """The tasks that are nobody's and run."""
    ecs = clone.client("ecs")
    found = ecs.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"]
    described = ecs.describe_tasks(cluster=CLUSTER, tasks=found)["tasks"]
    return [task for task in described if task["group"].startswith("run:") and task["lastStatus"] != "STOPPED"]


def nothing_is_left(clone: Clone) -> bool:
    """True if no one-off task runs and none of their definitions is registered."""
    return not one_off_tasks(clone) and not registered(clone)


class TestExec:
    def test_the_exit_code_and_the_output_are_the_commands(self, clone: Clone) -> None:
        done = clone.run("exec", "words", "--", "python3", "-c", "print('in it'); raise SystemExit(9)", code=9)
        assert done.stdout == "in it\n"
        assert re.search(r"task [0-9a-f]{8} of words, container words \(of 2 that run; --task ID", done.stderr)

    def test_a_task_can_be_named(self, clone: Clone) -> None:
        for task in tasks(clone, "words"):
            done = clone.run("exec", "words", "--task", task, "--json", "--", "python3", "-V")
            assert f"task {task[:8]} of words" in done.stderr
            assert "Python 3" in done.stderr, "its output is no answer"
            said = done.json()
            assert (said["task"], said["service"], said["exit_code"]) == (task, "words", 0)
        assert "no task of words has the id 'xyz'" in clone.run("exec", "words", "--task", "xyz", code=64).stderr

    def test_without_a_shell_the_way_to_one_is_said(self, clone: Clone) -> None:
        done = clone.run("exec", "words", code=1)
        assert "error: the image of words has no shell" in done.stderr
        assert "exec words local --debug" in done.stderr

    def test_beside_a_task_are_its_processes_files_and_addresses(self, clone: Clone) -> None:
        done = clone.run("exec", "words", "--debug", "--", "sh", "-c", LOOK, code=4)
        # The first process is the one that the engine starts the service's beneath.
        assert done.stdout.endswith(" python3 -m app\nthe service's files\n200\n")

    def test_at_a_terminal_there_is_one_inside(self, clone: Clone) -> None:
        keys = [b"test -t 0 && echo is a $TERM\n", b"exit 6\n"]
        code, said = in_a_terminal(clone, "exec", "words", "--debug", keys=keys)
        assert (code, "is a xterm" in said) == (6, True), said
        code, said = in_a_terminal(clone, "exec", "words", "--", "python3", "-q", keys=[b"import sys; sys.exit(3)\n"])
        assert code == 3, said

    def test_a_task_that_ends_takes_the_session_with_it(self, clone: Clone) -> None:
        session = clone.begin("exec", "words", "--", "python3", "-c", SLEEPS)
        session.wait_for(r"task [0-9a-f]{8} of words")
        (task,) = re.findall(r"task ([0-9a-f]{8}) of words", "".join(session.lines))
        wait_until(lambda: session.said)
        ecs = clone.client("ecs")
        arn = next(arn for arn in ecs.list_tasks(cluster=CLUSTER)["taskArns"] if f"/{task}" in arn)
        (described,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
        subprocess.run(["docker", "kill", described["containers"][0]["runtimeId"]], check=True, capture_output=True)
        done = session.end(1)
        assert "error: the task of words ended, and the session with it" in done.stderr
        assert re.search(rf"Task {task} (stopped: |has no container any more)", done.stderr), done.stderr
        wait_for(lambda: clone.run("status", code=None).code, 0)  # the task is replaced

    @pytest.mark.long
    def test_ctrl_c_ends_the_command_in_the_container(self, clone: Clone) -> None:
        session = clone.begin("exec", "save", "--", "python3", "-c", SLEEPS)
        wait_until(lambda: session.said)
        session.interrupt()
        assert "The command was ended." in session.end(130).stderr


class TestRun:
    def test_the_lines_come_and_the_exit_code_is_the_commands(self, clone: Clone) -> None:
        script = "import os; print(os.environ['SERVICE_NAME'], os.environ['STORIES_TABLE']); raise SystemExit(7)"
        done = clone.run("run", "save", "--", "python3", "-c", script, code=7)
        assert done.stdout == "save storyizer-local-stories\n"
        assert re.search(r"task [0-9a-f]{8} ended with 7 after", done.stderr)
        assert nothing_is_left(clone)

    @pytest.mark.long
    def test_with_json_the_result_is_all_of_standard_output(self, clone: Clone) -> None:
        done = clone.run("run", "words", "--json", "--", "python3", "-c", "print('a line')")
        said = json.loads(done.stdout)
        assert (said["service"], said["exit_code"], "a line" in done.stderr) == ("words", 0, True)
        assert said["image"] == clone.images["words"]["uri"]

    @pytest.mark.long
    def test_another_image_is_named_by_its_tag(self, clone: Clone) -> None:
        tag, digest = clone.images["words"]["tag"], clone.images["words"]["digest"]
        script = "import os; print(os.environ['IMAGE_DIGEST'])"
        assert clone.run("run", "words", "--image", tag, "--", "python3", "-c", script).stdout == f"{digest}\n"
        assert (
            "there is no image 'nix' of words"
            in clone.run("run", "words", "--image", "nix", "--", "ls", code=64).stderr
        )

    @pytest.mark.long
    def test_ctrl_c_stops_it_and_nothing_is_left(self, clone: Clone) -> None:
        before = tasks(clone, "words"), targets(clone, "words")
        run = clone.begin("run", "words", "--", "python3", "-c", SLEEPS)
        wait_until(lambda: run.said)
        # It is no task of the service meanwhile.
        assert len(one_off_tasks(clone)) == 1
        assert (tasks(clone, "words"), targets(clone, "words")) == before
        run.interrupt()
        done = run.end(130)
        assert "The task is stopped; nothing of it is left." in done.stderr
        assert nothing_is_left(clone)

    def test_one_that_takes_too_long_is_stopped(self, clone: Clone) -> None:
        done = clone.run("run", "words", "--timeout", "0.05", "--", "python3", "-c", SLEEPS, code=1)
        assert "did not end within 3 s, and was stopped" in done.stderr
        assert nothing_is_left(clone)

    def test_one_that_cannot_start_is_told_with_the_reason(self, clone: Clone) -> None:
        kind, nothing = "application/vnd.docker.distribution.manifest.v2+json", f"sha256:{'0' * 64}"
        config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": nothing}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})
        clone.client("ecr").put_image(repositoryName="storyizer/words", imageManifest=manifest, imageTag="hollow")
        done = clone.run("run", "words", "--image", "hollow", "--", "ls", code=1)
        assert "error: the task for words did not start" in done.stderr
        assert "manifest unknown" in done.stderr
        assert nothing_is_left(clone)

    @pytest.mark.long
    def test_one_that_is_not_there_is_told_with_the_reason(self, clone: Clone) -> None:
        done = clone.run("run", "words", "--", "nosuch", code=127)
        assert "exec nosuch failed: No such file or directory" in done.stdout
        assert re.search(r"task [0-9a-f]{8} ended with 127 after", done.stderr)
        assert nothing_is_left(clone)
        assert "there is no command to run" in clone.run("run", "words", code=64).stderr


class TestScale:
    def test_the_number_is_there_at_once(self, scaled: Scaled) -> None:
        clone, said = scaled
        assert (said["before"], said["count"], said["configured"]) == (2, 3, 2)
        service = clone.run("status", "--json").json()["services"]["words"]
        assert (service["desired"], service["healthy"]) == (3, 3)
        assert service["scaled"] == {"count": 3, "configured": 2}

    @pytest.mark.long
    def test_up_keeps_it_and_says_so(self, scaled: Scaled) -> None:
        clone = scaled.clone
        done = clone.run("up", "--json")
        assert done.json()["changes"]["change"] == 0
        assert "words is scaled to 3 (configured: 2); `scale words --reset local` goes back to 2" in done.stderr
        assert len(clone.containers("words")) == 3

    def test_what_cannot_be_is_refused(self, clone: Clone) -> None:
        assert "local has no service 'wrds'" in clone.run("scale", "wrds", "3", code=64).stderr
        assert "'-3' is no number of tasks" in clone.run("scale", "words", "-3", code=64).stderr
        clone.run("freeze", "--reason", "a test")
        assert "local is frozen" in clone.run("scale", "words", "4", code=1).stderr
        clone.run("unfreeze")

    @pytest.mark.long
    def test_new_tasks_that_are_not_well_leave_the_number_from_before(self, scaled: Scaled) -> None:
        clone = scaled.clone
        before, ended = set(clone.containers("words")), threading.Event()

        def kill_new_ones() -> None:
            while not ended.wait(0.3):
                for container in set(clone.containers("words")) - before:
                    subprocess.run(["docker", "kill", container], check=False, capture_output=True)

        killer = threading.Thread(target=kill_new_ones)
        killer.start()
        try:
            done = clone.run("scale", "words", "5", code=4)
        finally:
            ended.set()
            killer.join()
        assert "the new tasks of words are not well; it is set to 3 again, and 3 run" in done.stderr
        assert "exited with 137" in done.stderr
        service = clone.run("status", "--json").json()["services"]["words"]
        assert (service["desired"], service["scaled"]["count"]) == (3, 3)

    @pytest.mark.long
    def test_none_is_a_number(self, clone: Clone) -> None:
        done = clone.run("scale", "save", "0")
        assert "with 0 tasks save answers nothing" in done.stderr
        wait_for(lambda: clone.containers("save"), {})
        assert clone.get("/api/stories").status == 503
        clone.run("scale", "save", "--reset")
        assert clone.get("/api/stories").status == 200


class TestUpService:
    def test_its_image_alone_is_built_and_its_resources_alone_change(self, scaled: Scaled) -> None:
        clone = scaled.clone
        before = dict(clone.images)
        for name in ("words", "save"):
            with (clone.folder / "services" / name / "app" / "__main__.py").open("a") as file:
                file.write("\n# a change\n")
        done = clone.run("up", "--service", "words", "--json")
        said = done.json()
        assert [item["service"] for item in said["changes"]["deploys"]] == ["words"]
        assert [name for name, image in said["images"].items() if image["built"]] == ["words"]
        assert said["images"]["save"]["uri"] == before["save"]["uri"]
        assert "words is scaled to 3" in done.stderr
        assert clone.plain_terraform_plan() == 0

    @pytest.mark.long
    def test_a_plan_that_changes_others_too_is_refused(self, clone: Clone) -> None:
        clone.edit(
            "terraform/environments/local.tfvars", "log_retention_days       = 7", "log_retention_days       = 14"
        )
        serial = clone.run("status", "--json").json()["release"]
        done = clone.run("up", "--service", "words", code=3)
        assert "nothing was changed: the plan is not of words alone" in done.stderr
        assert 'change module.service["save"].aws_cloudwatch_log_group.this' in done.stderr
        assert 'module.service["words"]' not in done.stderr
        assert clone.run("status", "--json").json()["release"] == serial
        assert not list((clone.folder / ".storyizer").rglob("*.tfplan"))

    def test_a_name_that_is_none_is_refused(self, clone: Clone) -> None:
        assert "Did you mean words?" in clone.run("up", "--service", "wrds", code=64).stderr

    @pytest.mark.long
    def test_a_new_number_in_the_manifest_ends_the_override(self, scaled: Scaled) -> None:
        clone = scaled.clone
        clone.edit("services/words/service.yaml", "count: 2 ", "count: 1 ")
        done = clone.run("up", "--service", "words")
        assert "words is not kept at 3 tasks, as `scale` had set" in done.stderr
        service = clone.run("status", "--json").json()["services"]["words"]
        assert (service["desired"], service["scaled"]) == (1, None)

    @pytest.mark.long
    def test_everything_that_was_done_is_recorded(self, clone: Clone) -> None:
        clone.run("exec", "words", "--", "python3", "-V")
        clone.run("run", "words", "--", "python3", "-V")
        clone.run("scale", "words", "2")
        records = clone.run("releases", "--audit", "--json").json()["records"]
        assert [record["verb"] for record in records[:3]] == ["scale", "run", "exec"]
