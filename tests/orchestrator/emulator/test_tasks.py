"""Tasks of the emulated ECS run as their definitions say, with the container engine."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.console import Stage
from orchestrator.emulator import emulator
from orchestrator.system import process
from tests.orchestrator.emulator.conftest import eventually, own

pytestmark = pytest.mark.usefixtures("container_engine")

WHO = """
import json, os, pathlib
def writable(path):
    try:
        pathlib.Path(path, "x").write_text("x")
        return True
    except OSError:
        return False
status = dict(line.split(":\\t") for line in pathlib.Path("/proc/self/status").read_text().splitlines())
limits = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
limit = next(place for place in limits if os.path.exists(place))
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "root": writable("/"), "tmp": writable("/tmp"), "cwd": os.getcwd(),
    "scratch": writable("/scratch"), "capabilities": status["CapBnd"].strip(),
    "first": pathlib.Path("/proc/1/comm").read_text().strip(), "memory": pathlib.Path(limit).read_text().strip(),
    "files": __import__("resource").getrlimit(__import__("resource").RLIMIT_NOFILE),
}))
"""


def test_a_container_runs_as_its_definition_says(tasks: Any) -> None:
    ended, log = tasks.ran(
        "who",
        [{
            "name": "x", "entryPoint": ["python3"], "command": ["-c", WHO], "user": "10001:10001",
            "readonlyRootFilesystem": True, "workingDirectory": "/usr",
            "ulimits": [{"name": "nofile", "softLimit": 1234, "hardLimit": 2345}],
            "linuxParameters": {
                "initProcessEnabled": True, "capabilities": {"drop": ["ALL"]},
                "tmpfs": [{"containerPath": "/scratch", "size": 16, "mountOptions": ["mode=1777"]}],
            },
        }],
    )  # fmt: skip
    assert ended["containers"][0]["exitCode"] == 0, log
    seen = json.loads(log["x"])
    assert (seen["uid"], seen["gid"], seen["root"], seen["tmp"], seen["scratch"]) == (10001, 10001, False, False, True)
    assert (seen["cwd"], int(seen["capabilities"], 16), seen["files"]) == ("/usr", 0, [1234, 2345])
    assert seen["first"] in ("docker-init", "tini")
    assert seen["memory"] == str(512 * 2**20)


def test_a_task_that_takes_more_memory_than_it_has_is_killed(tasks: Any) -> None:
    ended, _ = tasks.ran("greedy", [{"name": "x", "memory": 64, "script": "x = b'x' * (200 * 2**20); print('has it')"}])
    assert ended["containers"][0]["exitCode"] == 137
    assert ended["stopCode"] == "EssentialContainerExited"


SERVE = """
from http.server import HTTPServer, SimpleHTTPRequestHandler
HTTPServer(("127.0.0.1", 9000), SimpleHTTPRequestHandler).serve_forever()
"""
ASK = """
import time, urllib.request
for attempt in range(600):
    try:
        print(urllib.request.urlopen("http://127.0.0.1:9000/").status)
        break
    except OSError:
        time.sleep(0.1)
"""


def test_the_containers_of_a_task_reach_each_other_on_localhost(tasks: Any) -> None:
    ended, log = tasks.ran("pair", [{"name": "main", "script": ASK}, {"name": "proxy", "script": SERVE}])
    assert log["main"] == "200"
    codes = {container["name"]: container["exitCode"] for container in ended["containers"]}
    assert codes["main"] == 0
    # It does not listen to SIGTERM as a first process, and is killed after its time.
    assert codes["proxy"] == 137


def test_what_one_container_writes_to_a_volume_another_one_reads(tasks: Any) -> None:
    write = "import pathlib; pathlib.Path('/out/a').write_text('from the other')"
    read = """
import pathlib
print(pathlib.Path('/in/a').read_text())
try:
    pathlib.Path('/in/b').write_text('b')
except OSError as error:
    print(error.strerror)
"""
    ended, log = tasks.ran(
        "volume",
        [
            {"name": "main", "script": read,
             "mountPoints": [{"sourceVolume": "v", "containerPath": "/in", "readOnly": True}],
             "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}]},
            {"name": "first", "essential": False, "script": write,
             "mountPoints": [{"sourceVolume": "v", "containerPath": "/out"}]},
        ],
        volumes=[{"name": "v"}],
    )  # fmt: skip
    assert log["main"] == "from the other\nRead-only file system"
    assert {container["name"]: container["exitCode"] for container in ended["containers"]} == {"main": 0, "first": 0}
    assert eventually(lambda: own("volume") == []), "nothing is left of it"


WRITE = "open('/tmp/a', 'w'); print('wrote')"


@pytest.fixture(scope="module")
def declaring(image: str) -> Iterator[str]:
    """The image, with /tmp declared as a volume."""
    made = process.run(["docker", "create", image]).stdout.strip()
    name = f"storyizer-test-volume:{secrets.token_hex(6)}"
    assert process.run(["docker", "commit", "--change", "VOLUME /tmp", made, name]).ok
    yield name
    process.run(["docker", "rm", made])
    process.run(["docker", "rmi", name])


@pytest.mark.parametrize("beside", [0, 1])
def test_a_volume_is_roots_unless_the_image_declares_it_as_its_own(tasks: Any, declaring: str, beside: int) -> None:
    """As on Fargate, where /tmp in an image says nothing about a volume that is mounted there."""
    container = {"name": "x", "script": WRITE, "user": "10001", "readonlyRootFilesystem": True,
                 "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}]}  # fmt: skip
    others = [{"name": "other", "script": "import time; time.sleep(60)", "stopTimeout": 1}] * beside
    for image, code in ((tasks.image, 1), (declaring, 0)):
        ended, log = tasks.ran(f"volume-{beside}", [{**container, "image": image}, *others], volumes=[{"name": "tmp"}])
        codes = {container["name"]: container["exitCode"] for container in ended["containers"]}
        assert codes["x"] == code, log
        assert ("Permission denied" if code else "wrote") in log["x"]


def test_a_container_beside_another_reaches_the_emulated_aws(tasks: Any) -> None:
    ask = """
import os, urllib.request
print(urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_storyizer").status)
"""
    _, log = tasks.ran(
        "reaches",
        [{"name": "x", "script": ask}, {"name": "other", "script": "import time; time.sleep(60)", "stopTimeout": 1}],
    )
    assert log["x"] == "200"


def test_a_container_waits_until_the_one_it_depends_on_is_healthy(tasks: Any) -> None:
    slow = "import time, pathlib; time.sleep(2); pathlib.Path('/tmp/ready').touch(); print(time.time()); time.sleep(60)"
    check = {"command": ["CMD", "python3", "-c", "open('/tmp/ready')"], "interval": 5, "retries": 10}
    ended, log = tasks.ran(
        "healthy",
        [
            {"name": "main", "script": "import time; print(time.time())",
             "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]},
            {"name": "db", "script": slow, "healthCheck": check, "stopTimeout": 1},
        ],
    )  # fmt: skip
    assert float(log["main"]) > float(log["db"])
    assert ended["stoppedReason"] == "Essential container exited"


def test_a_task_whose_first_container_fails_never_starts_the_next(tasks: Any) -> None:
    ended, log = tasks.ran(
        "failing",
        [
            {"name": "main", "script": "print('started')",
             "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}]},
            {"name": "first", "essential": False, "script": "raise SystemExit(3)"},
        ],
    )  # fmt: skip
    assert log["main"] == ""
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "dependency first exited with 3" in ended["stoppedReason"]
    assert {container["name"]: container.get("exitCode") for container in ended["containers"]} == {
        "main": None,
        "first": 3,
    }


def test_each_container_has_its_own_exit_code(tasks: Any) -> None:
    stays = """
import signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
listener = socket.create_server(("127.0.0.1", 9000))
time.sleep(600)
"""
    ends = """
import socket, time
while True:
    try:
        socket.create_connection(("127.0.0.1", 9000))
        raise SystemExit(4)
    except OSError:
        time.sleep(0.1)
"""
    ended, _ = tasks.ran("codes", [{"name": "stays", "script": stays}, {"name": "ends", "script": ends}])
    assert {container["name"]: container["exitCode"] for container in ended["containers"]} == {"stays": 7, "ends": 4}


def test_a_task_has_its_own_time_to_stop_and_stopping_it_waits_for_nobody(tasks: Any) -> None:
    drains = """
import os, signal, sys, time
def end(*_):
    while not os.path.exists("/tmp/drained"):
        time.sleep(0.1)
    print("drained")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up")
time.sleep(600)
"""
    arn = tasks.start(tasks.register("drains", [{"name": "x", "script": drains, "stopTimeout": 120}]))
    tasks.until(arn, "RUNNING")
    assert eventually(lambda: tasks.log("drains", "x", arn) == "up")
    tasks.ecs.stop_task(cluster="test", task=arn)
    assert tasks.described(arn)["lastStatus"] == "STOPPING", "it cannot end yet"
    # MiniStack by itself gives every container five seconds.
    time.sleep(7.0)
    assert tasks.described(arn)["lastStatus"] == "STOPPING"
    tasks.touch(arn, "/tmp/drained")
    ended = tasks.until(arn, "STOPPED")
    assert ended["containers"][0]["exitCode"] == 0
    assert tasks.log("drains", "x", arn) == "up\ndrained"


def test_a_container_that_ignores_its_end_is_killed_after_its_time_and_says_so(tasks: Any) -> None:
    arn = tasks.start(
        tasks.register("deaf", [{"name": "x", "script": "import time; time.sleep(60)", "stopTimeout": 2}])
    )
    tasks.until(arn, "RUNNING")
    tasks.ecs.stop_task(cluster="test", task=arn)
    assert tasks.until(arn, "STOPPED")["containers"][0]["exitCode"] == 137


def test_a_health_check_is_seen_in_the_task(tasks: Any) -> None:
    # The first check goes on until somebody has seen what was before it.
    command = "while ! test -e /tmp/look; do sleep 0.1; done; test ! -e /tmp/ill"
    check = {"command": ["CMD-SHELL", command], "interval": 5, "timeout": 60, "retries": 1}
    script = "import time; time.sleep(600)"
    arn = tasks.start(tasks.register("ill", [{"name": "x", "script": script, "healthCheck": check, "stopTimeout": 1}]))

    def has(health: str) -> bool:
        described = tasks.described(arn)
        return {described["healthStatus"], described["containers"][0]["healthStatus"]} == {health}

    tasks.until(arn, "RUNNING")
    assert has("UNKNOWN")
    tasks.touch(arn, "/tmp/look")
    assert eventually(lambda: has("HEALTHY"))
    tasks.touch(arn, "/tmp/ill")
    assert eventually(lambda: has("UNHEALTHY"))
    # Nobody replaces a task that is no service's.
    assert tasks.described(arn)["lastStatus"] == "RUNNING"
    tasks.ecs.stop_task(cluster="test", task=arn)


def test_secrets_are_the_values_themselves(tasks: Any, aws: Callable[[str], Any]) -> None:
    aws("ssm").put_parameter(Name="/x/key", Type="SecureString", Value="from systems manager")
    arn = aws("secretsmanager").create_secret(Name="x/db", SecretString='{"password": "first"}')["ARN"]
    aws("secretsmanager").put_secret_value(SecretId=arn, SecretString='{"password": "second"}')
    secrets = {
        "PARAMETER": "/x/key",
        "KEY": f"{arn}:password::",
        "PREVIOUS": f"{arn}:password:AWSPREVIOUS:",
        "BY_NAME": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x/db:password::",
        "WHOLE": arn,
    }
    _, log = tasks.ran(
        "secrets",
        [{"name": "x", "script": "import os, json; print(json.dumps(dict(os.environ)))",
          "secrets": [{"name": name, "valueFrom": place} for name, place in secrets.items()]}],
    )  # fmt: skip
    seen = json.loads(log["x"])
    assert {name: seen[name] for name in secrets} == {
        "PARAMETER": "from systems manager", "KEY": "second", "PREVIOUS": "first", "BY_NAME": "second",
        "WHOLE": '{"password": "second"}',
    }  # fmt: skip


def test_a_secret_that_is_not_there_is_a_task_that_does_not_start(tasks: Any, aws: Callable[[str], Any]) -> None:
    aws("secretsmanager").create_secret(Name="x/text", SecretString="no JSON")
    place = "arn:aws:secretsmanager:us-east-1:000000000000:secret:x/text:password::"
    ended, _ = tasks.ran("lacking", [{"name": "x", "script": "", "secrets": [{"name": "A", "valueFrom": place}]}])
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "ResourceInitializationError" in ended["stoppedReason"]
    assert "json key 'password'" in ended["stoppedReason"]


def test_dependencies_that_no_task_can_meet_are_refused(tasks: Any) -> None:
    with pytest.raises(ClientError, match="cycle"):
        tasks.register(
            "cycle",
            [
                {"name": name, "dependsOn": [{"containerName": other, "condition": "START"}]}
                for name, other in ("ab", "ba")
            ],
        )


def test_the_volumes_of_tasks_that_run_go_with_the_emulator(tasks: Any, stage: Stage) -> None:
    containers = [{"name": name, "script": "import time; time.sleep(60)"} for name in ("a", "b")]
    arn = tasks.start(tasks.register("kept", containers, volumes=[{"name": "v"}]))
    tasks.until(arn, "RUNNING")
    # Those of other tests' tasks go a while after their end.
    assert eventually(lambda: len(own("volume")) == 1)
    assert emulator.stop(stage)
    assert own("volume") == []
    emulator.start(stage)
