"""What the engine is asked for, from a container's definition."""

from __future__ import annotations

import io
import platform
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from orchestrator.emulator.server.tasks import companion, options, order, pause, secrets, stopping, watching


def test_a_definition_that_says_nothing_asks_for_nothing() -> None:
    assert options.options({"name": "x"}, {}) == {}


@pytest.mark.parametrize(
    ("container", "task", "expected"),
    [({}, {}, ""), ({"memory": 64}, {"memory": "512"}, "64m"), ({}, {"memory": "512"}, "512m"),
     ({}, {"memory": "1 GB"}, "1g"), ({}, {"memory": "0.5GB"}, "0.5g")],
)  # fmt: skip
def test_the_containers_own_limit_comes_before_the_tasks(container: Any, task: Any, expected: str) -> None:
    assert options.memory_limit(container, task) == expected


def test_a_health_check_has_the_times_of_ecs_where_it_names_none() -> None:
    made = options.options({"healthCheck": {"command": ["CMD", "true"]}}, {})["healthcheck"]
    assert made == {
        "test": ["CMD", "true"], "interval": 30 * 10**9, "timeout": 5 * 10**9, "retries": 3, "start_period": 0
    }  # fmt: skip


def test_what_the_engine_keeps_of_a_containers_output_is_limited() -> None:
    built = options.with_definition(lambda *arguments: {"image": "x"})({"name": "x"}, {})
    assert built["log_config"]["config"] == {"max-size": "8m", "max-file": "2"}
    assert built["image"] == "x"


def test_host_ports_are_open_to_this_machine_alone_and_the_hosts_network_publishes_none() -> None:
    ports = {"80/tcp": 8080, "81/tcp": 0}
    assert options.published({"ports": ports})["ports"] == {
        "80/tcp": ("127.0.0.1", 8080), "81/tcp": ("127.0.0.1", None)
    }  # fmt: skip
    assert options.published({"ports": ports, "network_mode": "host"})["ports"] is None
    assert options.published({"ports": None})["ports"] is None


@pytest.mark.parametrize("entry_point", [None, [], ["python3", "-u"]])
def test_an_entry_point_is_the_definitions_own(entry_point: list[str] | None) -> None:
    built = options.with_definition(lambda definition, task: {"command": definition.get("command")})
    made = built({"command": ["-V"], "entryPoint": entry_point}, {})
    expected = {"command": ["-V"], "ports": None, "log_config": options.LOG} | (
        {"entrypoint": entry_point} if entry_point else {}
    )
    assert made == expected


def container(name: str, **depends: str) -> dict[str, Any]:
    needs = [{"containerName": other, "condition": condition} for other, condition in depends.items()]
    return {"name": name, "dependsOn": needs, "essential": False}


def test_containers_start_after_and_stop_before_what_they_depend_on() -> None:
    task = [container("main", proxy="START", first="SUCCESS"), container("other"), container("proxy"),
            container("first", proxy="START")]  # fmt: skip
    assert order.starts(task) == [1, 2, 3, 0]
    assert order.stops(task) == [[0], [3], [1, 2]]
    assert order.starts([container("a"), container("b")]) == [0, 1]


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ([container("a"), container("b", a="SUCCESS")], ""),
        ([container("a", b="START")], "depends on b, which is not in the task"),
        ([container("a", b="START"), container("b", c="START"), container("c", b="START")], "cycle"),
        ([container("a", a="START")], "cycle"),
        ([container("a", b="HEALTHY"), container("b")], "no health check"),
        ([container("a", b="COMPLETE"), {"name": "b"}], "which is essential"),
    ],
)
def test_what_ecs_refuses_of_dependencies(task: list[dict[str, Any]], says: str) -> None:
    why = order.problem(task)
    assert says in why
    assert bool(why) is bool(says)


RUNS, ENDED, FAILED = {"Status": "running"}, {"Status": "exited", "ExitCode": 0}, {"Status": "exited", "ExitCode": 3}
WELL, ILL = ({"Status": "running", "Health": {"Status": status}} for status in ("healthy", "unhealthy"))


@pytest.mark.parametrize(
    ("condition", "state", "expected"),
    [
        ("START", RUNS, True), ("START", FAILED, True),
        ("COMPLETE", RUNS, False), ("COMPLETE", FAILED, True),
        ("SUCCESS", RUNS, False), ("SUCCESS", ENDED, True), ("SUCCESS", FAILED, None),
        ("HEALTHY", RUNS, False), ("HEALTHY", WELL, True), ("HEALTHY", ILL, None), ("HEALTHY", ENDED, None),
    ],
)  # fmt: skip
def test_when_a_container_may_start(condition: str, state: dict[str, Any], expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(order.DependencyFailed, match="dependency db"):
            order.may_start(condition, "db", state)
    else:
        assert order.may_start(condition, "db", state) is expected


def test_a_task_ends_with_an_essential_container_or_the_last_one() -> None:
    runs, ended = (watching.seen(state, True, False) for state in (RUNS, ENDED))
    helper = watching.seen(ENDED, False, False)
    assert (helper.running, helper.exit_code) == (False, 0)
    assert not watching.has_ended([runs, helper])
    assert watching.has_ended([runs, ended])
    assert watching.has_ended([helper])


def test_a_tasks_health_is_the_worst_of_its_essential_containers_with_a_check() -> None:
    unchecked, well, ill, new = (
        watching.seen(WELL, True, False), watching.seen(WELL, True, True), watching.seen(ILL, True, True),
        watching.seen(RUNS, True, True),
    )  # fmt: skip
    assert watching.health([unchecked]) == "UNKNOWN"
    assert watching.health([unchecked, well]) == "HEALTHY"
    assert watching.health([well, new]) == "UNKNOWN"
    assert watching.health([well, new, ill]) == "UNHEALTHY"
    assert watching.health([well, watching.seen(ILL, False, True)]) == "HEALTHY"


def test_a_container_has_thirty_seconds_to_stop_unless_its_definition_says_otherwise() -> None:
    assert [stopping.stop_seconds(one) for one in ({}, {"stopTimeout": 0}, {"stopTimeout": 60})] == [30, 0, 60]


SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:x/db-AbCdEf"


def test_a_secret_is_named_with_key_stage_and_version() -> None:
    assert secrets.parse("/x/key") is None
    assert secrets.parse("arn:aws:ssm:us-east-1:000000000000:parameter/x") is None
    assert secrets.parse(SECRET) == secrets.Secret(SECRET, "", "", "")
    assert secrets.parse(f"{SECRET}:key::v1") == secrets.Secret(SECRET, "key", "", "v1")
    assert secrets.parse(f"{SECRET}:key:AWSPREVIOUS:") == secrets.Secret(SECRET, "key", "AWSPREVIOUS", "")


def test_one_key_of_a_secret_is_text() -> None:
    assert secrets.pick('{"a": "x", "b": 5, "c": {"d": 1}}', "a") == "x"
    assert secrets.pick('{"b": 5}', "b") == "5"
    for value in ("no JSON", "[1]", "{}"):
        with pytest.raises((ValueError, LookupError)):
            secrets.pick(value, "a")


def task(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"networkMode": "awsvpc", "containerDefinitions": list(containers), **more}


def test_only_containers_that_share_something_have_one_beside_them() -> None:
    shared = [{"name": "v"}, {"name": "folder", "host": {"sourcePath": "/srv"}}, {"name": "w", "host": {}}]
    one, two = {"name": "a"}, {"name": "b"}
    assert not companion.is_needed(task(one, volumes=shared))
    assert companion.is_needed(task(one, two))
    assert not companion.is_needed(task(one, two, networkMode="bridge"))
    assert companion.is_needed(task(one, two, networkMode="bridge", volumes=shared))
    assert companion.own_volumes(task(one, volumes=shared)) == ["v", "w"]


def test_containers_join_the_network_and_the_volumes_of_the_one_beside_them() -> None:
    mount = {"mountPoints": [{"sourceVolume": "v", "containerPath": "/in", "readOnly": True}]}
    definition = task({"name": "a"}, {"name": "b"}, volumes=[{"name": "v"}])
    beside = companion.Companion("id", shares_network=True, volumes={"v": "0f0f"})
    built = {"network": None, "ports": {"80/tcp": 80}, "extra_hosts": {"a": "1.2.3.4"}, "volumes": ["/srv:/srv:ro"]}
    volume = {"Type": "volume", "Target": "/in", "ReadOnly": True}
    assert companion.options(built, mount, definition, beside) == {
        "network_mode": "container:id", "volumes": ["/srv:/srv:ro"], "mounts": [{**volume, "Source": "0f0f"}]
    }  # fmt: skip
    assert companion.options({"network": None}, mount, definition, None) == {
        "network": None, "mounts": [{**volume, "Source": None}]
    }  # fmt: skip


def test_only_a_volume_that_the_image_declares_has_its_content_and_owner() -> None:
    made = companion.owned([{"Target": "/tmp"}, {"Target": "/scratch"}], {"/scratch", "/other"})
    assert [mount["VolumeOptions"]["NoCopy"] for mount in made] == [True, False]


def test_the_program_of_the_waiting_container_waits(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(pause.archive(platform.machine()))) as image:
        image.extractall(tmp_path, filter="data")
    with subprocess.Popen([tmp_path / pause.PROGRAM]) as waits:
        with pytest.raises(subprocess.TimeoutExpired):
            waits.wait(0.3)
        waits.kill()
    assert pause.executable("aarch64")[18:20] == (183).to_bytes(2, "little")
