"""A checkout inside the world, driven by its commands as an engineer with an AWS account drives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.console import Console
from orchestrator.images import build
from orchestrator.machine import base_image, engine
from orchestrator.system import paths
from tests import answers
from tests.system.aws_names.world import ACCOUNT, World
from tests.system.checkout import lay_out

# What goes live is watched for as long as a task's health checks take, which are shortened here by their grace period.
GRACE = ("health_check_grace_period_seconds = 30", "health_check_grace_period_seconds = 0")
SOAK_SECONDS = 10
PLACEHOLDERS = ("111111111111", "222222222222")
PLATFORMS = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}


@dataclass
class Rehearsal:
    """The checkout at `folder`, in the world."""

    world: World
    folder: Path

    def run(self, *arguments: str, code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """`python3 orchestrate.py ARGUMENTS` inside; its exit code must be `code` unless that is None."""
        # As orchestrate.py does once `.venv` is made; the packages are those that this test runs with.
        command = [sys.executable, "-I", "-X", "utf8", str(self.folder / "orchestrator" / "__main__.py"), *arguments]
        done = self.world.run(*command, code=None, cwd=self.folder, env=self.world.environment(**environment))
        assert "Traceback" not in done.stderr.replace("| Traceback", ""), done.stderr
        assert code is None or done.returncode == code, f"exit code {done.returncode}, not {code}:\n{done.stderr}"
        return done

    def json(self, *arguments: str, code: int | None = 0, **environment: str) -> Any:
        """The same with `--json`, and its answer."""
        return answers.read(arguments[0], self.run(*arguments, "--json", code=code, **environment).stdout)

    def get(self, url: str) -> tuple[int, str]:
        """Status and body of a page, fetched inside by the name that people use."""
        done = self.world.run("python3", "-c", _GET, url, code=None)
        status, _, body = done.stdout.partition("\n")
        assert done.returncode == 0, f"{url}: {done.stderr}"
        return int(status), body

    def python(self, script: str, **environment: str) -> str:
        """The standard output of a script that is run inside with the checkout's own modules."""
        variables = self.world.environment(PYTHONPATH=str(self.folder), **environment)
        return self.world.run(sys.executable, "-c", script, cwd=self.folder, env=variables).stdout

    def edit(self, file: str, before: str, after: str) -> None:
        """Replace text in a file; it must be there."""
        path = self.folder / file
        text = path.read_text()
        assert before in text, f"{before!r} is not in {file}"
        path.write_text(text.replace(before, after, 1))

    def post(self, url: str, body: Any) -> Any:
        """The JSON answer to JSON that is posted."""
        done = self.world.run("python3", "-c", _POST, url, json.dumps(body))
        return json.loads(done.stdout)

    def commit(self, message: str) -> str:
        """Commit everything, in a repository that is made with the first: the commit's hash."""
        if not (self.folder / ".git").exists():
            subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=self.folder, check=True)
        who = ["-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@example.com", "-c", "commit.gpgsign=false"]
        for step in (["add", "--all"], ["commit", "--quiet", "--message", message]):
            subprocess.run(["git", *who, *step], cwd=self.folder, check=True)
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.folder, check=True, text=True, capture_output=True
        )
        return asked.stdout.strip()

    def lay_out(self) -> None:
        """Make the checkout's files this project's, with the account of the rehearsal in its settings."""
        lay_out(self.folder)
        self.edit("terraform/environment/timing.tf", *GRACE)
        for file in (self.folder / "terraform" / "environments").glob("*.tfvars"):
            text = file.read_text()
            for placeholder in PLACEHOLDERS:
                text = text.replace(placeholder, ACCOUNT)
            file.write_text(text if "soak_seconds" in text else f"{text}\nsoak_seconds = {SOAK_SECONDS}\n")


_GET = """
import ssl, sys, urllib.request, urllib.error
try:
    with urllib.request.urlopen(sys.argv[1], timeout=30) as answer:
        print(answer.status); print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code); print(error.read().decode())
"""
_POST = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=30) as answer:
    print(answer.read().decode())
"""


@contextmanager
def empty_account(folder: Path, programs: Callable[..., str]) -> Iterator[World]:
    """A world with an account in which there is nothing, ended afterwards. Its files are in `folder`."""
    if os.geteuid() != 0:
        pytest.skip("only root can have a network of its own")
    save_base_image(folder / "base.tar")
    fetch_wheels()
    made = World(folder / "world", programs)
    try:
        made.start()
        made.start_engine(folder / "base.tar")
        made.start_aws()
        yield made
    finally:
        made.end()


def save_base_image(file: Path) -> None:
    """The base image of services, made on the machine's own engine, in a file."""
    console = Console(live=False)
    with console.stage("base image") as stage:
        chosen = base_image.choose(console, stage)
    subprocess.run(["docker", "save", "--output", str(file), chosen.reference], check=True, capture_output=True)


def fetch_wheels() -> None:
    """What the services' images are made of, into the cache: there is no package index inside."""
    found = engine.find()
    assert found is not None
    for service in ("save", "website", "words"):
        build.wheels(paths.ROOT / "services" / service / "requirements.txt", PLATFORMS[found.architecture])


def make(world: World, folder: Path) -> Rehearsal:
    """A checkout that has never been used."""
    made = Rehearsal(world, folder)
    folder.mkdir(parents=True, exist_ok=True)
    made.lay_out()
    return made
