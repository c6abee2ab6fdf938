"""Finding, starting and ending a container engine."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.machine import engine
from orchestrator.machine.daemon import Daemon
from orchestrator.machine.engine_plan import DEFAULT_HOST, Situation, Way, decide
from orchestrator.system import process, processes
from tests.orchestrator.another_machine import NOBODY, fails_elsewhere

pytestmark = pytest.mark.usefixtures("container_engine")

BARE = Situation(
    answers=False,
    refusal="Cannot connect to the Docker daemon",
    host=DEFAULT_HOST,
    has_client=True,
    has_daemon=False,
    has_apt=True,
    has_systemd=False,
    is_root=True,
    user="root",
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can look like another user or start an engine")


@pytest.mark.parametrize(
    ("machine", "way"),
    [
        (replace(BARE, answers=True), Way.NOTHING),
        (BARE, Way.INSTALL),
        (replace(BARE, has_client=False), Way.INSTALL),
        (replace(BARE, has_daemon=True), Way.START),
        (replace(BARE, has_daemon=True, has_systemd=True), Way.START_SERVICE),
        (replace(BARE, has_daemon=True, has_client=False), Way.INSTALL),
        (replace(BARE, has_apt=False), Way.IMPOSSIBLE),
        (replace(BARE, host="tcp://elsewhere:2375"), Way.IMPOSSIBLE),
        (replace(BARE, host="tcp://elsewhere:2375", has_daemon=True), Way.IMPOSSIBLE),
    ],
)
def test_what_is_done_follows_from_what_the_machine_has(machine: Situation, way: Way) -> None:
    assert decide(machine).way is way


@pytest.mark.parametrize(
    ("machine", "next_step"),
    [
        (BARE, "sudo apt-get install docker.io && sudo usermod -aG docker ann"),
        (replace(BARE, has_daemon=True), "sudo sh -c 'dockerd"),
        (replace(BARE, has_daemon=True, has_systemd=True), "sudo systemctl start docker"),
        (
            replace(BARE, has_daemon=True, refusal="permission denied while trying to connect to the socket"),
            "sudo usermod -aG docker ann",
        ),
        (replace(BARE, has_daemon=True, has_client=False), "sudo apt-get install docker.io"),
        (replace(BARE, has_apt=False), "https://docs.docker.com/engine/install/"),
    ],
)
def test_a_person_who_is_not_root_is_told_the_command_that_helps(machine: Situation, next_step: str) -> None:
    decision = decide(replace(machine, is_root=False, user="ann"))
    assert decision.way is Way.IMPOSSIBLE
    assert next_step in decision.next_step


def test_the_engine_of_this_machine_is_found() -> None:
    found = engine.find()
    assert found is not None
    assert found.architecture
    assert found.host


def test_an_engine_that_answers_is_taken_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert engine.ensure(Console(live=False)) == engine.find()
    assert capfd.readouterr().err == ""


def test_an_engine_that_docker_host_names_and_that_is_not_there_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(Failure) as caught:
        engine.ensure(Console(live=False))
    assert caught.value.exit_code == 5
    assert "unix:///nowhere/docker.sock" in caught.value.reason
    assert "env -u DOCKER_HOST" in caught.value.next_step


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A short path that every user may write to: sockets' paths are limited to 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="st", dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


RUN = "/run"  # where the engine that answers has its socket
DAEMONS = ("/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd")


@needs_root
def test_no_engine_and_no_permission_to_install_one(public_folder: Path) -> None:
    code, message = fails_elsewhere(
        lambda: engine.ensure(Console(live=False)),
        user=NOBODY,
        hidden=(RUN, *DAEMONS),
        environment={"XDG_CACHE_HOME": str(public_folder)},
    )
    assert code == 5
    assert message == (
        "error: no container engine\n"
        "  No container engine is installed, and the user nobody may not install one.\n"
        "next:  sudo apt-get install docker.io && sudo usermod -aG docker nobody   (then log in again)"
    )


@needs_root
def test_no_engine_and_nothing_to_install_one_with(public_folder: Path) -> None:
    code, message = fails_elsewhere(
        lambda: engine.ensure(Console(live=False)),
        hidden=(RUN, *DAEMONS, "/usr/bin/apt-get"),
        environment={"XDG_CACHE_HOME": str(public_folder)},
    )
    assert code == 5
    assert "next:  install Docker Engine" in message


@needs_root
def test_an_engine_that_this_user_may_not_use(public_folder: Path) -> None:
    code, message = fails_elsewhere(
        lambda: engine.ensure(Console(live=False)), user=NOBODY, environment={"XDG_CACHE_HOME": str(public_folder)}
    )
    assert code == 5
    assert "sudo usermod -aG docker nobody" in message


@pytest.fixture
def daemon(public_folder: Path, own_network: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A second engine beside this machine's, on a socket of its own, which the client of this test talks to."""
    socket = public_folder / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{socket}")
    # In a network of its own: told to do without a bridge, dockerd removes the one of the machine's own engine.
    programs = public_folder / "bin"
    programs.mkdir()
    wrapper = programs / "dockerd"
    wrapper.write_text(f'#!/bin/sh\nexec unshare --net -- {process.which("dockerd")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    yield Daemon(
        folder=public_folder / "ours",
        pid_file=public_folder / "docker.pid",
        exec_root=public_folder / "exec",
        options=(
            "--host", f"unix://{socket}", "--data-root", str(public_folder / "data"), "--storage-driver", "vfs",
            "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
        ),
    )  # fmt: skip
    for name in ("dockerd", "containerd"):
        for pid in processes.named(name):
            if any(str(public_folder) in word for word in processes.arguments(pid)):
                processes.end(pid, signal.SIGTERM, 10.0)
    for mount in Path("/proc/mounts").read_text().splitlines():
        if str(public_folder) in mount:
            subprocess.run(["umount", "--lazy", mount.split()[1]], check=False)


def answers() -> bool:
    return engine.find() is not None


@needs_root
def test_an_engine_is_started_survives_being_killed_and_is_ended_when_nobody_uses_it(daemon: Daemon) -> None:
    daemon.start(answers)
    killed = daemon.running_pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert daemon.running_pid() is None
    assert daemon.pid_file.exists(), "a killed engine leaves its pid file behind"

    daemon.start(answers)
    assert daemon.running_pid() not in (None, killed)
    assert answers()

    run_a_container(daemon.folder)
    assert not engine.stop_if_ours(Console(live=False), daemon)
    process.run(["docker", "rm", "--force", "sleeper"])
    with (daemon.folder / "users").open("w") as another_run:
        fcntl.flock(another_run, fcntl.LOCK_SH)
        assert not engine.stop_if_ours(Console(live=False), daemon)
    another = Daemon(folder=daemon.folder.parent / "another")
    engine.ensure(Console(live=False), another)
    assert engine.stop_if_ours(Console(live=False), daemon)
    assert daemon.running_pid() is None
    assert not answers()
    with (another.folder / "users").open("w") as users, pytest.raises(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)


def run_a_container(folder: Path) -> None:
    """A container out of this machine's own `sleep`."""
    program = shutil.which("sleep")
    assert program
    libraries = [word for word in subprocess.check_output(["ldd", program], text=True).split() if word.startswith("/")]
    with tarfile.open(folder / "sleep.tar", "w") as archive:
        for file in (program, *libraries):
            archive.add(os.path.realpath(file), arcname=file)
    assert process.run(["docker", "import", folder / "sleep.tar", "sleep:test"]).ok
    started = process.run(
        ["docker", "run", "--detach", "--name", "sleeper", "--network", "none", "sleep:test", program, "60"]
    )
    assert started.ok, started.stderr


@needs_root
def test_an_engine_of_ours_is_known_though_its_record_is_broken(daemon: Daemon) -> None:
    daemon.start(answers)
    record, pid = daemon.folder / "started.json", daemon.running_pid()
    assert pid is not None
    whole = record.read_bytes()
    for broken in (*(whole[:length] for length in range(len(whole))), b"\0" * len(whole), b"\xff", b"[]", b"null"):
        record.write_bytes(broken)
        assert daemon.running_pid() == pid, broken
    record.unlink()
    assert daemon.running_pid() is None, "without a record it is somebody else's"
    record.write_bytes(b"")
    assert engine.stop_if_ours(Console(live=False), daemon)
    assert processes.identity(pid) is None


@needs_root
def test_a_pid_file_whose_number_belongs_to_another_program_does_not_hinder_the_start(daemon: Daemon) -> None:
    daemon.pid_file.write_text(str(os.getpid()))
    containerd = daemon.exec_root / "containerd" / "containerd.pid"
    containerd.parent.mkdir(parents=True)
    containerd.write_text(str(os.getpid()))
    daemon.start(answers)
    assert answers()
    daemon.stop()
    assert processes.identity(os.getpid()) is not None


@needs_root
def test_an_engine_whose_database_is_still_held_by_a_dying_one_is_started_once_more(daemon: Daemon) -> None:
    database = daemon.folder.parent / "data" / "volumes" / "metadata.db"
    database.parent.mkdir(parents=True)
    seen: set[int] = set()

    def let_go_when_the_first_has_ended(held: BinaryIO) -> None:
        until = time.monotonic() + 120  # containerd comes up first
        while time.monotonic() < until:
            pid = daemon.running_pid()
            if pid is not None:
                seen.add(pid)
            elif seen:
                break
            time.sleep(0.05)
        held.close()

    held = database.open("wb")
    fcntl.flock(held, fcntl.LOCK_EX)
    watcher = threading.Thread(target=let_go_when_the_first_has_ended, args=(held,))
    watcher.start()
    daemon.start(answers)
    watcher.join()
    assert daemon.running_pid() not in {None, *seen}
    assert answers()
    daemon.stop()


@needs_root
def test_an_engine_that_does_not_come_up_shows_the_end_of_its_log(daemon: Daemon) -> None:
    with pytest.raises(Failure) as caught:
        replace(daemon, options=("--no-such-option",)).start(answers)
    assert caught.value.exit_code == 1
    assert "no-such-option" in "\n".join(caught.value.details)
    assert str(daemon.log) in caught.value.next_step
    assert daemon.running_pid() is None


def test_an_engine_that_somebody_else_started_is_left_alone(tmp_path: Path) -> None:
    before = engine.find()
    assert not engine.stop_if_ours(Console(live=False), Daemon(folder=tmp_path))
    assert engine.find() == before


@pytest.mark.parametrize(
    ("context", "docker_host", "host", "asked"),
    [
        ("default", "", DEFAULT_HOST, False),
        ("default", "tcp://elsewhere:2375", "tcp://elsewhere:2375", False),
        ("a machine", "", "ssh://machine", True),
        ("", "", "ssh://machine", True),  # a client that does not say it
    ],
)
def test_where_the_engine_is_takes_a_second_question_only_with_a_context_of_the_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: str, docker_host: str, host: str, asked: bool
) -> None:
    client = f'{{"Context": "{context}"}}' if context else "{}"
    (tmp_path / "docker").write_text(
        f"""#!/bin/sh
case "$1" in
    info) echo '{{"ServerVersion": "28.0", "ClientInfo": {client}}}' ;;
    context) touch "{tmp_path}/asked"; echo ssh://machine ;;
esac
"""
    )
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    found = engine.find()
    assert found is not None
    assert (found.host, (tmp_path / "asked").exists()) == (host, asked)
