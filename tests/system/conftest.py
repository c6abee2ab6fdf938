"""A clean clone in a folder of its own, driven as a person drives it: by its commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from orchestrator.console import Console
from orchestrator.machine import engine
from orchestrator.proof.http_client import Answer, Client
from orchestrator.terraform.runner import COLLECTS
from tests import answers
from tests.review import wellformed
from tests.system.checkout import lay_out, lay_packages
from tests.system.states import States

# The interpreter that a person would call, not the one of the tests' own virtual environment.
PYTHON = os.path.realpath(sys.executable)
COMMAND_SECONDS = 900
# What is interrupted lets Terraform end what it began.
LEAVES_SECONDS = 300
# No engine answers here, and none can be started.
NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
STORY = {"template": "The {noun} sleeps", "text": "The bear sleeps"}
# Where CI says who has started it.
RUNNER = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")

STATES = pytest.StashKey[States]()


@dataclass
class Run:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)


@dataclass
class Clone:
    """A clean clone and the system that it brings up."""

    folder: Path
    files: tuple[str, ...] = ()
    url: str = ""
    images: dict[str, Any] = field(default_factory=dict)
    runs: list[Running] = field(default_factory=list)
    clients: dict[tuple[str, int], Any] = field(default_factory=dict)

    def run(self, *arguments: str, code: int | None = 0, **environment: str) -> Run:
        """`python3 orchestrate.py ARGUMENTS`; its exit code must be `code` unless that is None."""
        return self.begin(*arguments, **environment).end(code)

    def begin(self, *arguments: str, **environment: str) -> Running:
        """The same, not waiting for its end."""
        process = subprocess.Popen(
            [PYTHON, "orchestrate.py", *arguments], cwd=self.folder, env=clean_environment() | environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.runs.append(Running(process, arguments))
        return self.runs[-1]

    def end_runs(self) -> None:
        """Interrupt what is still at work, as after a test that failed."""
        for run in self.runs:
            if run.process.poll() is None:
                run.interrupt()
                run.process.wait(LEAVES_SECONDS)

    def up(self, code: int = 0) -> dict[str, Any]:
        """`up --json` and what it says; remembers the URL and the images."""
        said: dict[str, Any] = self.run("up", "--json", code=code).json()
        self.url, self.images = said["url"], said["images"]
        return said

    def get(self, path: str) -> Answer:
        """GET through the load balancer."""
        return Client(self.url).fetch(path)

    def post(self, path: str, body: Any) -> Answer:
        """POST through the load balancer."""
        return Client(self.url).fetch(path, body)

    def story_ids(self) -> list[str]:
        """The ids of the stories in the list, newest first."""
        return [story["id"] for story in self.get("/api/stories").json()["stories"]]

    def words_version(self) -> str:
        """The version of the words API, as the load balancer's answer says: a line that a test can change and see."""
        return str(self.get("/api/words/openapi.json").json()["info"]["version"])

    def picture(self) -> str:
        """What the picture of the last deploy says, if it is well formed."""
        said = (self.folder / ".storyizer" / "local" / "last-up.html").read_text(encoding="utf-8")
        return wellformed.page(said, links=("http://127.0.0.1",)).text

    @property
    def work_id(self) -> str:
        """What tells this clone's containers from others'."""
        import hashlib

        return hashlib.sha256(str(self.folder / ".storyizer").encode()).hexdigest()[:8]

    def containers(self, service: str | None = None, *, every: bool = False) -> dict[str, str]:
        """This clone's task containers: id to image. Running ones, or every one there is."""
        which = ["--all"] if every else []
        listed = subprocess.run(
            ["docker", "ps", "--no-trunc", *which, "--format", '{{.ID}} {{.Label "ministack.instance"}}'],
            text=True, capture_output=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        ids = [line.split()[0] for line in listed if f"storyizer-{self.work_id}:" in line]
        # One that has gone meanwhile is left out.
        told = subprocess.run(
            ["docker", "inspect", "--format", "{{.Id}} {{.Config.Image}}", *ids],
            text=True, capture_output=True, check=False,
        ).stdout.splitlines() if ids else []  # fmt: skip
        found = dict(line.split(maxsplit=1) for line in told if line)
        return {
            name: image
            for name, image in found.items()
            if service is None or f"/{service}@" in image or f"/{service}:" in image
        }

    def shell_environment(self) -> dict[str, str]:
        """The environment after sourcing `.storyizer/local/terraform.env`."""
        told = subprocess.run(
            ["sh", "-c", '. "$0" && exec env -0', str(self.folder / ".storyizer" / "local" / "terraform.env")],
            capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
        return dict(item.split("=", 1) for item in told.split("\0") if item)

    def plain_terraform_plan(self) -> int:
        """The exit code of `terraform plan -detailed-exitcode` typed in terraform/environment."""
        return subprocess.run(
            ["terraform", "plan", "-detailed-exitcode"], cwd=self.folder / "terraform" / "environment",
            env=self.shell_environment() | COLLECTS, capture_output=True, check=False, stdin=subprocess.DEVNULL,
        ).returncode  # fmt: skip

    def client(self, service: str) -> Any:
        """A boto3 client of the emulated AWS, made once: that is 20 ms of computing, and a look needs six."""
        port = self.emulator()["api"]
        if (service, port) not in self.clients:
            self.clients[service, port] = boto3.client(
                service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                aws_access_key_id="test", aws_secret_access_key="test",
            )  # fmt: skip
        return self.clients[service, port]

    def python(self, script: str) -> str:
        """The standard output of a script run with the clone's own modules."""
        return subprocess.run(
            [self.folder / ".venv" / "bin" / "python", "-c", script], cwd=self.folder, text=True, check=True,
            stdout=subprocess.PIPE,
        ).stdout  # fmt: skip

    def is_written(self, text: str) -> bool:
        """True if a text is in the tables that the emulator has on disk, which survive even its being killed."""
        file = self.folder / ".storyizer" / "emulator" / "state" / "dynamodb.json"
        return file.exists() and text in file.read_text()

    def emulator(self) -> dict[str, int]:
        """The process id of the emulator as `pid`, its port as `api`."""
        return dict(json.loads((self.folder / ".storyizer" / "emulator" / "running.json").read_text()))

    def edit(self, file: str, before: str, after: str) -> None:
        """Replace text in a file; it must be there."""
        path = self.folder / file
        text = path.read_text()
        assert before in text, f"{before!r} is not in {file}"
        path.write_text(text.replace(before, after, 1))


class Running:
    """A command that runs: standard output, as `said`, and standard error, as `lines`, can be read as they come.

    What it answers to programs must be as it is declared.
    """

    def __init__(self, process: subprocess.Popen[str], arguments: Sequence[str] = ()) -> None:
        self.process = process
        self.arguments = arguments
        self.lines: list[str] = []
        self.said: list[str] = []
        self._news = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(process.stderr, self.lines), daemon=True),
            threading.Thread(target=self._read, args=(process.stdout, self.said), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, into: list[str]) -> None:
        for line in stream:
            with self._news:
                into.append(line)
                self._news.notify_all()

    def wait_for(self, pattern: str, seconds: float = 300) -> None:
        """Wait until a line of standard error matches."""
        deadline, is_whole = time.monotonic() + seconds, False
        with self._news:
            while not any(re.search(pattern, line) for line in self.lines):
                left = deadline - time.monotonic()
                assert left > 0 and not is_whole, f"no {pattern!r} in: {''.join(self.lines)}"
                self._news.wait(min(left, 1.0))
                # What it wrote last is read a moment after its end.
                is_whole = not self._readers[0].is_alive()

    @contextmanager
    def held(self) -> Iterator[None]:
        """While inside it stands still: it is at work for as long as anybody asks."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal sends it."""
        self.send(signal.SIGINT)

    def send(self, number: signal.Signals) -> None:
        """A signal as the terminal sends it: to the whole foreground process group."""
        os.killpg(self.process.pid, number)

    def end(self, code: int | None = 0) -> Run:
        """Wait for the end; the exit code must be `code` unless that is None."""
        self.process.wait(COMMAND_SECONDS)
        for reader in self._readers:
            reader.join()
        ended = Run(self.process.returncode, "".join(self.said), "".join(self.lines))
        # A container's own traceback is evidence, and stands behind a bar.
        assert not re.search(r"^Traceback", ended.stderr, re.MULTILINE), ended.stderr
        if code is not None:
            assert ended.code == code, f"exit code {ended.code}, not {code}:\n{ended.stderr}\n{ended.stdout}"
        answers.hold(self.arguments, ended.stdout)
        return ended


def clean_environment() -> dict[str, str]:
    """This process's environment variables without those of the tests' own virtual environment."""
    return {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory, program: Callable[..., str]) -> dict[str, str]:
    """The environment variables of kim's terminal: `python3` is what a person would call, curl is there."""
    folder = tmp_path_factory.mktemp("bin")
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec {PYTHON} "$@"\n')
    python.chmod(0o755)
    places = [str(folder), str(Path(program("curl")).parent), os.environ.get("PATH", os.defpath)]
    kim = {"NAME": "kim", "EMAIL": "kim@example.com"}
    git = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in kim.items()}
    clean = {name: value for name, value in clean_environment().items() if name not in RUNNER}
    return clean | git | {"LOGNAME": "kim", "PATH": os.pathsep.join(places)}


@pytest.fixture(scope="session")
def shared_clone(tmp_path_factory: pytest.TempPathFactory, container_engine: None) -> Iterator[Clone]:
    """A clone of this checkout as it is now, in a folder with a space in its name; nothing of it is left afterwards."""
    with clean_clone(tmp_path_factory.mktemp("a clean clone")) as made:
        yield made


@pytest.fixture(scope="session")
def states(shared_clone: Clone, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> States:
    """The states that its system can be in when a test begins."""
    made = States(shared_clone, tmp_path_factory.mktemp("kept"))
    pytestconfig.stash[STATES] = made
    return made


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Behind the last of these tests in a row, their system rests: others run for many minutes more."""
    states = item.config.stash.get(STATES, None)
    if states is not None and nextitem is not None and nextitem.path.parent != item.path.parent:
        states.rest()


@pytest.fixture
def base(states: States) -> Clone:
    """The clone with this checkout's files, live as r1, and nothing else."""
    return states.base()


@pytest.fixture
def clone(base: Clone) -> Clone:
    """The clone at its base, in files that name no other state."""
    return base


@pytest.fixture
def story(clone: Clone) -> str:
    """The id of a story that is saved before anything else, and must be there whatever follows."""
    return str(clone.post("/api/stories", STORY).json()["id"])


@pytest.fixture
def cold(states: States) -> Clone:
    """The clone with this checkout's files, where nothing runs and nothing ever did."""
    return states.nothing()


@contextmanager
def clean_clone(folder: Path) -> Iterator[Clone]:
    """This checkout's files in a folder, and what it brings up taken down in the end."""
    # As long as this process uses the engine, the clone's `down` does not end it; `docker ps` is asked after that.
    engine.ensure(Console())
    made = Clone(folder, tuple(lay_out(folder)))
    lay_packages(folder)
    yield made
    made.end_runs()
    if (folder / ".storyizer").exists():
        lay_out(folder)
        made.run("down", "--yes", "--despite-freeze", "the tests have ended", code=None)
    assert made.containers(every=True) == {}
    shutil.rmtree(folder, ignore_errors=True)
