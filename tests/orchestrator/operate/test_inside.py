"""Commands in and beside a container, on an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.console import Console, Stage
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import base_image
from orchestrator.operate import inside
from orchestrator.operate.inside import Terminal
from orchestrator.system import paths, process

HERE, NOBODY = Terminal(there=True, kind="xterm-256color"), Terminal(there=False)
SERVE = "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port=8000, bind='127.0.0.1')"
RUN = """
import sys
from orchestrator.console import Console
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.operate import inside
from orchestrator.system import interrupt
interrupt.install(print)
try:
    sys.exit(inside.run(sys.argv[1], "words", sys.argv[2:], "local"))
except Failure as failure:
    print(failure.render())
    sys.exit(failure.exit_code)
"""


def test_a_terminal_is_asked_for_only_where_there_is_one() -> None:
    assert inside.in_container("abc", ["ls", "-l"], HERE, "token") == [
        "docker", "exec", "--interactive", "--tty", "--env", "TERM=xterm-256color", "--env", "STORYIZER_EXEC=token",
        "abc", "ls", "-l",
    ]  # fmt: skip
    assert "--tty" not in inside.in_container("abc", ["ls"], NOBODY, "token")


def test_the_container_beside_shares_network_and_processes_and_carries_this_copys_label() -> None:
    command = inside.beside_container("abc", "base:1", ["sh", "-c", "id"], NOBODY, "copy")
    assert command[-5:] == ["--entrypoint", "sh", "base:1", "-c", "id"]
    for option, value in (
        ("--pid", "container:abc"),
        ("--network", "container:abc"),
        ("--label", f"{inside.LABEL}=copy"),
    ):
        assert command[command.index(option) + 1] == value


@pytest.mark.parametrize(("listed_again", "is_sure"), [(False, True), (True, False)])
def test_a_process_that_ended_while_it_was_looked_at_leaves_no_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed_again: bool, is_sure: bool
) -> None:
    nobody, calls = 2**22 + 1, tmp_path / "calls"
    client = tmp_path / "docker"
    client.write_text(
        f"""#!/bin/sh
echo x >> '{calls}'
echo PID {os.getpid()}
if [ "$(wc -l < '{calls}')" -eq 1 ] || {str(listed_again).lower()}; then echo {nobody}; fi
"""
    )
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert inside._end("abc", "token") is is_sure


@pytest.fixture(scope="module")
def image(container_engine: None) -> str:
    """The base image, which has a shell and Python."""
    return base_image.choose(Console(), Stage("base")).reference


@pytest.fixture
def container(image: str) -> Iterator[str]:
    """A container that serves its files on its own 127.0.0.1:8000."""
    started = subprocess.run(
        ["docker", "run", "--detach", "--rm", "--user", "10001:10001", "--workdir", "/etc", image,
         "python3", "-c", SERVE],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    yield started
    subprocess.run(["docker", "rm", "--force", started], check=False, capture_output=True)


def wait_until_it_serves(container: str) -> None:
    ask = "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/passwd')"
    until = time.monotonic() + 60
    while subprocess.run(["docker", "exec", container, "python3", "-c", ask], capture_output=True).returncode:
        assert time.monotonic() < until
        time.sleep(0.1)


def begin(container: str, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, container, *command], cwd=paths.ROOT, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def processes_in(container: str) -> str:
    return subprocess.run(["docker", "top", container], check=True, capture_output=True, text=True).stdout


@pytest.mark.usefixtures("container_engine")
class TestOnAnEngine:
    def test_the_exit_code_is_the_commands(self, container: str) -> None:
        assert inside.run(container, "words", ["python3", "-c", "raise SystemExit(9)"], "local") == 9

    def test_a_shell_is_found_where_there_is_one(self, container: str) -> None:
        assert inside.shell(container, "words", "local") in inside.SHELLS

    def test_without_a_shell_it_is_said_what_can_be_done(self, container: str) -> None:
        for name in ("sh", "bash", "dash"):
            subprocess.run(
                ["docker", "exec", "--user", "0", container, "python3", "-c",
                 f"import os, shutil; p = shutil.which('{name}'); p and os.remove(p)"], check=True,
            )  # fmt: skip
        with pytest.raises(Failure, match="the image of words has no shell") as refused:
            inside.shell(container, "words", "local")
        assert "exec words local --debug" in refused.value.next_step

    def test_beside_it_are_its_processes_files_and_addresses(
        self, container: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        look = (
            "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/passwd').status);"
            "print(open('/proc/1/cmdline').read().split(chr(0))[0]);"
            "print(len(open('/proc/1/root/etc/passwd').read()) > 9)"
        )
        wait_until_it_serves(container)
        code = inside.run_beside(container, ["python3", "-c", look], Console(live=False))
        assert (code, capfd.readouterr().out.split()) == (0, ["200", "python3", "True"])
        left = ["docker", "ps", "--all", "--quiet", "--filter", f"label={inside.LABEL}={paths.work_id()}"]
        assert subprocess.run(left, check=True, capture_output=True).stdout == b""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupted_command_does_not_go_on_in_the_container(self, container: str, number: int) -> None:
        run = begin(container, "python3", "-c", "import time; print('begun', flush=True); time.sleep(321)")
        assert run.stdout is not None
        assert run.stdout.readline() == "begun\n"
        os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
        said = run.communicate(timeout=60)[0]
        assert run.returncode == 130, said
        assert "The command was ended." in said
        until = time.monotonic() + 60
        while "sleep(321)" in processes_in(container) and time.monotonic() < until:
            time.sleep(0.2)
        assert "sleep(321)" not in processes_in(container)

    def test_a_container_that_ends_is_noticed(self, container: str) -> None:
        run = begin(container, "python3", "-c", "import time; print('begun', flush=True); time.sleep(321)")
        assert run.stdout is not None
        run.stdout.readline()
        assert inside.is_running(container)
        subprocess.run(["docker", "kill", container], check=True, capture_output=True)
        assert run.wait(60) == 137
        assert not inside.is_running(container)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(PrerequisiteMissing, match="cannot run /nonexistent/docker"):
        process.attached(["/nonexistent/docker"])
