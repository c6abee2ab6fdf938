"""The first process of a task whose files are exchanged, run here as it is in a container."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from orchestrator.emulator.server.tasks.reloading import RELOADER
from orchestrator.images import content_hash
from orchestrator.images.build_context import entry
from orchestrator.images.content_hash import Content
from orchestrator.system import paths
from orchestrator.watch import copying
from orchestrator.watch.copying import INSIDE, Outcome

pytestmark = pytest.mark.slow

# Signals end it as they end most programs: with the signal's own exit code.
ANSWERS = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write({answer!r}.encode())
    def log_message(self, *_): pass
print("begins with", sys.argv[1:], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
# It computes for longer than one that waits has to last.
FAILS_LATE = """
import time
while time.process_time() < 2.5: pass
raise ValueError("late")
"""
WORKS = "import time\nprint({answer!r}, flush=True)\ntime.sleep(600)\n"


class Task:
    """A reloader with its process, and where files are copied to."""

    def __init__(self, folder: Path, program: str, *arguments: str) -> None:
        self.folder, self.address, self.copies = folder, f"test-{secrets.token_hex(6)}", 0
        app = folder / "image" / "app"
        app.mkdir(parents=True)
        (app / "__main__.py").write_text(program)
        (folder / "reloaded").mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-c", RELOADER.read_text(), self.address, *arguments], cwd=app.parent, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def copy(self, program: str) -> Outcome:
        """Have it run that program."""
        source = self.folder / "saved.py"
        source.write_text(program)
        file = entry("service/app/__main__.py", source)
        content = Content("words", (file,), {file.path: file.digest()}, ())
        self.copies += 1
        answer = subprocess.run(
            [sys.executable, "-c", INSIDE.read_text(), self.folder / "reloaded", str(self.copies), self.address],
            input=copying.archive(content), capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        return copying.read(answer.stdout.decode())

    def end(self) -> tuple[int, str]:
        """Its exit code and what it wrote."""
        said = self.process.communicate(timeout=120)[0]
        return self.process.returncode, said


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody else is given, for it is held: those who run here share it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture
def task(tmp_path: Path, port: int) -> Iterator[Task]:
    """One that answers "one"."""
    made = Task(tmp_path, ANSWERS.format(answer="one"), str(port))
    wait_for(port, "one")
    yield made
    made.process.terminate()  # it passes that on: killed, it would leave the service's process behind
    made.process.wait(120)


def ask(port: int) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return str(opener.open(f"http://127.0.0.1:{port}/", timeout=60).read().decode())


def wait_for(port: int, answer: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(OSError):
            assert ask(port) == answer
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing answers at {port}")


def test_the_copied_files_are_run_and_nothing_else_answers_any_more(task: Task, port: int) -> None:
    assert task.copy(ANSWERS.format(answer="two")) == Outcome()
    assert {ask(port) for _ in range(20)} == {"two"}
    assert task.copy(ANSWERS.format(answer="three")) == Outcome()
    assert {ask(port) for _ in range(20)} == {"three"}
    task.process.send_signal(signal.SIGTERM)
    code, said = task.end()
    assert code == 128 + signal.SIGTERM
    assert said.splitlines() == [f"begins with ['{port}']"] * 3


def test_a_process_that_opens_and_closes_files_all_the_time_is_exchanged_as_well(task: Task, port: int) -> None:
    """What it has open is another thing whenever one looks."""
    busy = (
        "import threading\n"
        "files = [open('/dev/null') for _ in range(300)]\n"
        "def work():\n"
        "    while True: open('/dev/null').close()\n"
        "for _ in range(4): threading.Thread(target=work, daemon=True).start()\n"
    )
    found = [task.copy(busy + ANSWERS.format(answer=str(number))) for number in range(6)]
    assert found == [Outcome()] * 6
    assert ask(port) == "5"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("def broken(\n", "SyntaxError: '(' was never closed"),
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import sys\nsys.exit(3)\n", "it ended without a word"),
        ('print(\'{"level": "critical", "message": "TABLE is not set"}\')\n', "TABLE is not set"),
    ],
)
def test_what_does_not_come_to_listen_leaves_the_process_as_it_is(
    task: Task, port: int, program: str, line: str
) -> None:
    assert task.copy(program).kept == line
    assert {ask(port) for _ in range(10)} == {"one"}
    # What it wrote is in the task's log as well.
    assert task.copy(ANSWERS.format(answer="mended")).kept == ""
    assert ask(port) == "mended"


def test_of_the_copies_those_stay_that_may_be_run(task: Task, tmp_path: Path) -> None:
    for number in range(4):
        task.copy(ANSWERS.format(answer=str(number)))
    assert sorted(folder.name for folder in (tmp_path / "reloaded").iterdir()) == ["3", "4"]


def test_the_task_ends_as_its_process_does(tmp_path: Path) -> None:
    made = Task(tmp_path, "import sys\nprint('no settings')\nsys.exit(7)\n")
    assert made.end() == (7, "no settings\n")


def test_a_process_that_listens_nowhere_is_exchanged_when_the_next_one_lasts(tmp_path: Path) -> None:
    made = Task(tmp_path, WORKS.format(answer="one"))
    assert made.process.stdout is not None and made.process.stdout.readline() == "one\n"
    assert made.copy("raise ValueError('no queue')\n").kept == "ValueError: no queue"
    assert made.copy(FAILS_LATE).kept == "ValueError: late"
    assert made.copy(WORKS.format(answer="two")).kept == ""
    assert any(line == "two\n" for line in made.process.stdout)
    made.process.send_signal(signal.SIGTERM)
    assert made.end()[0] == 128 + signal.SIGTERM


QUICK = """
import os, sys, threading
from pathlib import Path
from orchestrator.emulator.server.tasks import reloader

made = reloader.Reloader([])

class Slow(reloader.Process):
    def __init__(self, folder, arguments):
        super().__init__(folder, arguments)
        # Until whoever waits for what ends has taken it.
        while Path(f"/proc/{self.pid}").exists():
            os.sched_yield()

def reload():
    reloader.Process = Slow
    print(made.reload(Path(sys.argv[1])), flush=True)
    made.current.signal(15)

threading.Thread(target=reload, daemon=True).start()
made.wait()
"""


def test_a_process_that_ends_before_it_is_known_has_ended(tmp_path: Path) -> None:
    for name, program in (("one", WORKS.format(answer="one")), ("other", "raise SystemExit('no queue')\n")):
        (tmp_path / name / "app").mkdir(parents=True)
        (tmp_path / name / "app" / "__main__.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-c", QUICK, tmp_path / "other"], cwd=tmp_path / "one", text=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)}, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == str({"kept": True, "lines": ["no queue"]}), done


@pytest.mark.parametrize("answer", ["", "{}", '{"kept": true}', "[]", '{"kept": true, "lines": null}'])
def test_an_answer_that_is_none_is_no_success(answer: Any) -> None:
    found = copying.read(answer, ["Error: No such container: 0123"])
    assert found.lost and found.kept == "Error: No such container: 0123"
    assert copying.read(json.dumps({"kept": False})) == Outcome()


def test_an_archive_holds_the_folder_of_the_process_alone(tmp_path: Path) -> None:
    import io
    import tarfile

    file = tmp_path / "x.py"
    file.write_text("x = 1\n")
    entries = (entry("service/app/x.py", file), entry("service/requirements.txt", file), entry("servicekit/x.py", file))
    content = Content("words", entries, {item.path: item.digest() for item in entries}, ())
    with tarfile.open(fileobj=io.BytesIO(copying.archive(content))) as packed:
        assert packed.getnames() == ["app/x.py"]
    assert content_hash.changed({}, content.inputs)
