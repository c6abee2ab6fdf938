"""One process of the emulated AWS: how it is installed and recognised, its ports, what a killed one leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.console import Console, Stage
from orchestrator.emulator import emulator, emulator_process
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import base_image, engine
from orchestrator.system import net, paths, process, processes
from tests.orchestrator.another_machine import two_free_ports
from tests.orchestrator.emulator.conftest import eventually

pytestmark = pytest.mark.usefixtures("container_engine")


# See netdevice(7): SIOCSIFFLAGS, IFF_UP.
SET_FLAGS = 0x8914
UP = 0x1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a network of its own")
def test_an_engine_whose_network_is_elsewhere_is_refused_instead_of_listening_everywhere(own_network: None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, SET_FLAGS, struct.pack("16sH14x", b"lo", UP))
    assert net.is_own_address("127.0.0.1")
    with pytest.raises(PrerequisiteMissing) as caught:
        emulator_process.gateway()
    assert caught.value.message == "the container engine's network is not on this machine"
    assert "no login" in caught.value.reason
    assert "env -u DOCKER_HOST" in caught.value.next_step


def test_a_killed_one_is_destroyed_with_the_containers_it_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: Stage
) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    monkeypatch.setenv("STORYIZER_PORT", str(two_free_ports()))
    base = base_image.choose(Console(live=False), Stage("base image")).reference
    found = emulator.start(stage)
    label = f"ministack.instance={emulator_process.instance()}:{emulator.ports().api}"
    for kind in ("network", "volume"):
        assert process.run(["docker", kind, "create", "--label", label, f"left-{found.pid}"]).ok
    assert process.run(
        ["docker", "run", "--detach", "--label", label, "--network", f"left-{found.pid}", "--volume",
         f"left-{found.pid}:/left", base, "sleep", "600"]
    ).ok  # fmt: skip
    os.kill(found.pid, signal.SIGKILL)
    emulator.destroy(stage)
    assert not emulator_process.folder().exists()
    for listing in (["ps", "--all"], ["network", "ls"], ["volume", "ls"]):
        assert process.run(["docker", *listing, "--quiet", "--filter", f"label={label}"]).stdout == ""


def test_a_record_whose_number_belongs_to_another_program_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    emulator_process.folder().mkdir(parents=True)
    me = processes.identity(os.getpid())
    assert me is not None
    (emulator_process.folder() / "running.json").write_text(
        f'{{"pid": {me.pid}, "began": {me.began}, "api": 1, "balancer": 2}}'
    )
    assert emulator.running() is None
    assert not emulator_process.end(Stage("x"))
    assert processes.is_alive(me)


def test_one_whose_module_had_another_name_then_is_recognised(tmp_path: Path) -> None:
    """From before the rooms of this project were what they are."""
    old = ["-m", "orchestrator.local.server", "--state", str(tmp_path), "--api-port", "1", "--balancer-port", "2"]
    waits = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", waits, *old], stdin=subprocess.PIPE) as child:
        # For a moment after its start a process has no command line yet.
        found = eventually(lambda: emulator_process.seen(tmp_path))
        assert found is not None and (found.pid, found.api, found.is_current()) == (child.pid, 1, False)
        assert child.stdin is not None
        child.stdin.close()


def test_to_destroy_one_asks_nothing_of_it_and_ends_the_copy_that_writes_its_snapshot_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: Stage
) -> None:
    """Both have the same command line, and what is asked to end writes all of its state first."""
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    folder = emulator_process.folder()
    (folder / "state.1").mkdir(parents=True)
    writes = f"import pathlib, signal; signal.signal(15, lambda *_: pathlib.Path({str(tmp_path / 'asked')!r}).touch())"
    waits = f"{writes}\nimport sys; print(1, flush=True)\nwhile sys.stdin.read(1): pass"
    command = [sys.executable, "-c", waits, "-m", emulator_process.MODULE, "--state", str(folder / "state"),
               "--api-port", "1", "--balancer-port", "2"]  # fmt: skip
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for each in both:
            assert each.stdout is not None and each.stdout.readline() == b"1\n"
        emulator.destroy(stage)
        assert emulator_process.seen(folder / "state") is None
        assert not (tmp_path / "asked").exists()
        assert not folder.exists()
    finally:
        for each in both:
            each.kill()
            each.communicate()
    emulator.destroy(stage)  # and where nothing is left, nothing is to be done


def test_a_taken_port_names_who_holds_it_and_how_to_take_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: Stage
) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    code = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); "
        "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    )
    # For as long as it takes: the emulated AWS may have to be installed first.
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None and holder.stdout is not None
    port = int(holder.stdout.readline())
    monkeypatch.setenv("STORYIZER_PORT", str(port))
    try:
        with pytest.raises(PrerequisiteMissing) as caught:
            emulator.start(stage)
    finally:
        holder.kill()
        holder.communicate()
    assert caught.value.exit_code == 5
    assert caught.value.message == f"port {port} is taken"
    assert f"process {holder.pid}" in caught.value.reason
    assert f"STORYIZER_PORT={emulator.other_port(port)} python3 orchestrate.py up" in caught.value.next_step


@pytest.mark.parametrize("value", ["web", "80", "65535", "-1", "²"])
def test_a_port_that_cannot_be_used_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYIZER_PORT", value)
    with pytest.raises(Failure) as caught:
        emulator.ports()
    assert caught.value.exit_code == 5


INSTALL = """
import sys
from pathlib import Path
from orchestrator.system import interrupt
from orchestrator.errors import Failure
from orchestrator.emulator import emulator
emulator.REQUIREMENTS = Path(sys.argv[1])
interrupt.install(lambda text: None)
try:
    emulator.ensure_installed(lambda text: None)
except Failure as failure:
    print(failure.message)
    sys.exit(failure.exit_code)
"""


def test_ctrl_c_while_pip_installs_it_is_an_interruption(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(300)
        environment = {
            **os.environ, "PYTHONPATH": str(paths.ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "PIP_INDEX_URL": f"http://127.0.0.1:{index.getsockname()[1]}/simple", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        installing = subprocess.Popen(
            [sys.executable, "-c", INSTALL, lock], env=environment, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        connection, _ = index.accept()  # pip asks, and gets no answer
        with connection:
            os.killpg(installing.pid, signal.SIGINT)
            told, _ = installing.communicate(timeout=300)
    assert (installing.returncode, told.splitlines()[0]) == (130, "interrupted during the emulator's installation")


def test_two_copies_have_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYIZER_PORT", raising=False)
    seen = set()
    for name in ("one", "two", "three"):
        # Always the same ones: of some thousands of ports, two paths that are drawn have the same now and then.
        monkeypatch.setattr(paths, "WORK", Path("/nowhere") / name)
        ports = emulator.ports()
        assert 20000 <= ports.api < 32000
        assert ports.balancer == ports.api + 1
        seen.add(ports.api)
    assert len(seen) == 3


def test_a_task_container_that_a_killed_emulator_left_is_removed_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: Stage
) -> None:
    assert engine.find() is not None
    monkeypatch.setattr(paths, "WORK", tmp_path / "left behind" / ".storyizer")
    base = base_image.choose(Console(live=False), Stage("base image")).reference
    made = process.run(
        ["docker", "create", "--label", f"ministack.instance={emulator_process.instance()}:1", base, "python3"]
    )
    assert made.ok, made.stderr
    assert emulator.task_containers() == [made.stdout.strip()]
    said: list[str] = []
    assert emulator.remove_task_containers(said.append) == 1
    assert said == ["waiting for the engine to remove its tasks' containers (1)"]
    assert emulator.task_containers() == []


def test_a_container_that_the_engine_is_already_removing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [["0123"]] * 7 + [[]]
    refused = process.Completed(("docker",), 1, "", "removal of container 0123 is already in progress")
    monkeypatch.setattr(emulator, "task_containers", lambda: left.pop(0))
    monkeypatch.setattr(process, "run", lambda *_, **__: refused)
    assert emulator.remove_task_containers() == 1
    assert left == []
