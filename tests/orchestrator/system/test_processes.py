"""Looking at other programs' processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from orchestrator.system import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"],
                             stdout=subprocess.PIPE)  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_process_is_known_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    who = processes.identity(sleeper.pid)
    assert who is not None
    assert processes.is_alive(who)
    assert processes.end(sleeper.pid, signal.SIGTERM, 60.0)
    assert not processes.is_alive(who)


def test_a_later_process_with_the_same_id_is_another_one() -> None:
    assert not processes.is_alive(processes.Identity(os.getpid(), 1))


def test_one_that_ignores_a_polite_signal_is_killed() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    began = time.monotonic()
    assert not processes.end(child.pid, signal.SIGTERM, 0.3)
    assert time.monotonic() - began < 30, "it would have slept for a minute"
    assert processes.identity(child.pid) is None
    child.stdout.close()


def test_the_program_that_listens_on_a_port_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert processes.listener(listener.getsockname()[1]) == os.getpid()


def test_nobody_listens_on_a_free_port() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        assert processes.listener(reserved.getsockname()[1]) is None


def test_the_command_line_of_a_process_is_read_word_by_word(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.arguments(sleeper.pid)[1] == "-c"
    assert processes.arguments(2**22 + 1) == []


def test_a_process_whose_name_is_cut_within_a_letter_hinders_nobody() -> None:
    name = "prüfungsprozeß".encode()[:15]  # as much as the kernel keeps
    program = f"import sys\nopen('/proc/self/comm', 'wb').write({name!r})\nprint(flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = processes.name(child.pid)
        assert found == "prüfungsproze\N{REPLACEMENT CHARACTER}"
        assert child.pid in processes.named(found)
        known = processes.identity(child.pid)
        assert known is not None and processes.is_alive(known)
        assert child.stdin is not None
        child.stdin.close()
