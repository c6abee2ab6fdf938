"""A file of ours that is cut off at any length, emptied, zeroed or overwritten counts as missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.aws import state_lock
from orchestrator.bundle import fingerprints
from orchestrator.emulator import emulator_process, kept
from orchestrator.emulator.emulator_process import Running
from orchestrator.errors import Failure
from orchestrator.machine import base_image, providers, toolenv
from orchestrator.prepare import preflight
from orchestrator.project import environment, lock
from orchestrator.system import paths, processes
from orchestrator.terraform.runner import Root

LOCAL = environment.load("local")
BACKEND = {"bucket": "b", "key": "k"}


def broken(whole: bytes) -> Iterator[bytes]:
    """Every beginning of it but itself, and what a disk that lost power may show in its place."""
    for length in range(len(whole)):
        yield whole[:length]
        yield whole[:length] + b"\0" * (len(whole) - length)
    yield from (b"\xff\xfe", b"[]", b"{}", b"null", b"5", b'"x"', b"[1, 2]", b'{"pid": {}}', b'{"pid": "x"}')


def each(file: Path, look: Callable[[], Any]) -> list[tuple[bytes, Any]]:
    """What `look` finds for every way in which the file can be broken."""
    whole = file.read_bytes()
    found = []
    for content in broken(whole):
        file.write_bytes(content)
        found.append((content, look()))
    file.write_bytes(whole)
    return found


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return paths.WORK


@pytest.fixture
def emulator(work: Path) -> Iterator[Running]:
    """A process with the command line of this copy's emulator."""
    command = emulator_process.command(
        Path(sys.executable), 21000, 21001, emulator_process.folder(), gateway="127.0.0.1", identity=paths.work_id()
    )
    # The same words, behind a program that only sleeps.
    child = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(600)", *command[1:]],
                             stdout=subprocess.PIPE)  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    who = processes.identity(child.pid)
    assert who is not None
    yield Running(child.pid, who.began, 21000, 21001)
    child.kill()
    child.wait()
    child.stdout.close()


def test_the_emulator_that_runs_is_found_whatever_its_record_says(emulator: Running) -> None:
    assert emulator_process.recorded() == emulator, "without a record"
    emulator_process.record(emulator)
    for content, found in each(emulator_process.folder() / "running.json", emulator_process.recorded):
        assert found == emulator, content


def test_no_emulator_is_found_where_none_runs(work: Path) -> None:
    emulator_process.record(Running(2**22 + 1, 1, 21000, 21001))
    for content, found in each(emulator_process.folder() / "running.json", emulator_process.recorded):
        assert found is None, content


def test_who_holds_a_lock_is_told_whatever_its_file_says(work: Path) -> None:
    hold = (
        "import sys; from pathlib import Path; from orchestrator.project import environment, lock\n"
        "from orchestrator.system import paths\n"
        "paths.WORK = Path(sys.argv[1])\n"
        "with lock.held(environment.load('local'), 'up local'): print(flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(work)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()

    def told() -> str:
        with pytest.raises(Failure) as caught, lock.held(LOCAL, "down local"):
            raise AssertionError("two hold it")
        return caught.value.reason

    try:
        for content, reason in each(work / "local" / "run.lock", told):
            assert reason.startswith(f"Process {holder.pid} runs `"), content
        (work / "local" / "run.lock").write_text('{"pid": 1, "doing": "down local", "since": "yesterday"}')
        assert told().startswith(f"Process {holder.pid} runs `"), "what a killed run has written is not believed"
    finally:
        holder.communicate()


def test_a_broken_fingerprint_means_that_terraform_is_initialised_again(work: Path) -> None:
    root = Root(paths.TERRAFORM / "registry", work / "terraform", {})
    (work / "terraform").mkdir(parents=True)
    (work / "terraform" / "initialised").write_text(root._fingerprint(BACKEND))
    provider = work / "terraform" / "providers" / next(iter(fingerprints.providers())) / "1" / "os"
    provider.mkdir(parents=True)
    (provider / "terraform-provider-x").touch()
    assert root.initialised(BACKEND)
    for content, found in each(work / "terraform" / "initialised", lambda: root.initialised(BACKEND)):
        assert found is False, content


def test_a_broken_mark_means_that_an_environment_is_prepared_again(tmp_path: Path) -> None:
    requirements, folder = tmp_path / "requirements.txt", tmp_path / "env"
    requirements.write_text("")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / ".ready").write_text(f"{folder}\n{toolenv.fingerprint(requirements)}")
    assert toolenv.is_ready(folder, requirements)
    for content, found in each(folder / ".ready", lambda: toolenv.is_ready(folder, requirements)):
        assert found is False, content
    (folder / "pyvenv.cfg").write_bytes(b"\xff\xfe")
    assert not toolenv._usable(folder)


def test_a_broken_choice_of_the_base_image_is_made_again(work: Path) -> None:
    base_image._remember(base_image.debian())
    assert base_image.remembered() == base_image.debian()
    for content, found in each(work / "base-image.json", base_image.remembered):
        assert found is None, content


def test_terraform_is_asked_for_its_version_again(work: Path) -> None:
    version = preflight.terraform_version()
    memory = paths.cache() / "terraform-version.json"
    # Each of them costs a start of Terraform: a few will do.
    for content in list(broken(memory.read_bytes()))[::40]:
        memory.write_bytes(content)
        assert preflight.terraform_version() == version, content


def test_a_broken_memory_of_the_mirror_is_looked_for_again(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    unpacked = mirror / providers.SOURCE / providers.VERSION / providers.target()
    unpacked.mkdir(parents=True)
    (unpacked / "terraform-provider-aws_v5").touch()
    monkeypatch.setattr(providers, "look", lambda: str(mirror))
    assert providers.find() == str(mirror)
    for content, found in each(paths.cache() / "terraform-mirror", providers.find):
        assert found == str(mirror), content


def test_the_terraform_that_was_started_last_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "last-run.json"
    state_lock.started(file, os.getpid(), time.time())
    for content, found in each(file, lambda: state_lock.recorded(file)):
        assert found is None, content


@given(st.data())
@example(None)
def test_a_broken_state_file_of_the_emulated_aws_is_put_aside_and_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("state")
    whole = json.dumps({"__ministack_format__": 3, "payload": {"tables": {"a": [1, 2, {"b": "ä"}]}}}).encode()
    length = data.draw(st.integers(0, len(whole) - 1)) if data else 0
    (folder / "dynamodb.json").write_bytes(whole[:length])
    (folder / "iam.json").write_bytes(whole)
    told: list[str] = []
    (aside,) = kept.check(folder, told.append)
    assert aside.read_bytes() == whole[:length]
    assert not (folder / "dynamodb.json").exists()
    assert (folder / "iam.json").read_bytes() == whole
    assert len(told) == 1 and str(aside) in told[0] and "the tables with all that was saved in them" in told[0]
    assert kept.check(folder, told.append) == [], "it is told once"
