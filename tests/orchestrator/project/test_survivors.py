"""What a killed run leaves at work: found, waited for, ended; nothing else is touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.console import Console
from orchestrator.errors import Failure, Interrupted
from orchestrator.project import environment, lock, survivors
from orchestrator.system import interrupt, paths, processes

pytestmark = pytest.mark.slow

LOCAL = environment.load("local")
# A run of the copy in the folder argv[1] that starts the program argv[2:], on the data folder of an environment.
RUN = """
import os, sys
from pathlib import Path
from orchestrator.system import paths, process
paths.WORK = Path(sys.argv[1])
process.run(sys.argv[3:], env={**os.environ, "TF_DATA_DIR": f"{paths.WORK}/{sys.argv[2]}/data"}, outlives_us=True)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "WORK", tmp_path / "a copy" / ".storyizer")
    return paths.WORK


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a `terraform` that sleeps, one that has a provider, and that provider."""
    folder = tmp_path / "programs"
    folder.mkdir()
    sleep, bash = shutil.which("sleep"), shutil.which("bash")
    assert sleep and bash
    shutil.copy(sleep, folder / "terraform-provider-aws_v5.100.0_x5")
    (folder / "sleeping").mkdir()
    shutil.copy(sleep, folder / "sleeping" / "terraform")
    shutil.copy(bash, folder / "terraform")
    return folder


class Runs:
    """Runs that were begun; what is left of them is killed in the end."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.begun: list[subprocess.Popen[bytes]] = []
        self.seen: set[int] = set()

    def begin(self, work: Path, *command: str, data: str = "local") -> subprocess.Popen[bytes]:
        """A run whose program is at work."""
        run = subprocess.Popen(
            [sys.executable, "-c", RUN, str(work), data, *command], env={**os.environ, "PYTHONPATH": str(paths.ROOT)}
        )
        self.begun.append(run)
        until = time.monotonic() + 60
        while not self._at_work(run.pid):
            assert time.monotonic() < until
            time.sleep(0.02)
        return run

    def _at_work(self, run: int) -> bool:
        children = [pid for pid in processes.everyone() if processes.parent(pid) == run]
        self.seen.update(children)
        return any(processes.name(pid) == "terraform" for pid in children)

    def kill(self, run: subprocess.Popen[bytes]) -> None:
        """As `kill -9` does it, or the system that has no memory left."""
        run.kill()
        run.wait()

    def sleeping(self, work: Path, **more: str) -> subprocess.Popen[bytes]:
        """A run with a Terraform that takes longer than any test."""
        return self.begin(work, str(self.programs / "sleeping" / "terraform"), "600", **more)


@pytest.fixture
def runs(programs: Path) -> Iterator[Runs]:
    made = Runs(programs)
    yield made
    for run in made.begun:
        if run.poll() is None:
            made.kill(run)
    for pid in made.seen:
        if str(programs) in " ".join(processes.arguments(pid)):
            processes.send(pid, signal.SIGKILL)


class Ends(Console):
    """A console with which a process ends as soon as it is said that it is waited for."""

    def __init__(self, pid: int) -> None:
        super().__init__(live=False)
        self.pid = pid

    def say(self, text: str = "") -> None:
        super().say(text)
        if text.endswith(" of an interrupted run to end"):
            processes.send(self.pid, signal.SIGKILL)


def test_the_terraform_of_a_killed_run_is_found_and_waited_for(
    work: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.kill(runs.sleeping(work))
    (found,) = survivors.find(LOCAL)
    assert found.doing == "terraform 600"
    with lock.held(LOCAL, "up local", Ends(found.who.pid)):
        assert not processes.is_alive(found.who)
    told = capsys.readouterr().err
    assert f"waiting for the terraform 600 (process {found.who.pid}) of an interrupted run to end" in told


def test_what_is_nobody_s_survivor_is_let_alone(work: Path, runs: Runs, tmp_path: Path) -> None:
    runs.sleeping(work)  # its run lives
    runs.kill(runs.sleeping(work, data="staging"))  # another environment's
    runs.kill(runs.sleeping(tmp_path / "another copy" / ".storyizer"))
    shell = subprocess.Popen(
        [str(runs.programs / "sleeping" / "terraform"), "600"], env={"TF_DATA_DIR": f"{work}/local/data"}
    )
    try:
        assert survivors.find(LOCAL) == []
        assert survivors.end_orphans(LOCAL) == []
    finally:
        shell.kill()
        shell.wait()


def test_ctrl_c_ends_the_waiting_and_not_the_one_that_is_waited_for(
    work: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.kill(runs.sleeping(work))
    (found,) = survivors.find(LOCAL)
    monkeypatch.setattr(interrupt, "_requested", threading.Event())
    threading.Timer(0.5, interrupt._requested.set).start()
    with pytest.raises(Interrupted, match="interrupted during waiting for an interrupted run"):
        survivors.wait(LOCAL, None)
    assert processes.is_alive(found.who)


def test_one_that_hangs_is_named_with_the_way_to_end_it(
    work: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.kill(runs.sleeping(work))
    (found,) = survivors.find(LOCAL)
    monkeypatch.setattr(survivors, "GIVE_UP_SECONDS", 1.0)
    with pytest.raises(Failure, match="does not end") as caught:
        survivors.wait(LOCAL, Console(live=False), hint=0.3)
    assert f"kill -INT {found.who.pid}" in capsys.readouterr().err
    assert f"terraform 600 (process {found.who.pid})" in caught.value.reason
    assert caught.value.next_step.endswith(f"kill -INT {found.who.pid}")


def test_what_is_left_is_ended_where_the_environment_is_removed(work: Path, runs: Runs) -> None:
    runs.kill(runs.sleeping(work))
    (found,) = survivors.find(LOCAL)
    with lock.held(LOCAL, "down local", removing=True):
        assert not processes.is_alive(found.who)


def test_a_provider_ends_with_its_terraform_and_no_other_does(work: Path, runs: Runs, programs: Path) -> None:
    provider = programs / "terraform-provider-aws_v5.100.0_x5"
    command = (str(programs / "terraform"), "-c", f"'{provider}' 600 & wait")
    with_parent, without, elsewhere = (
        runs.begin(work, *command),
        runs.begin(work, *command),
        runs.begin(work, *command, data="staging"),
    )
    mine = {run: child(child(run.pid, "terraform"), provider.name) for run in (with_parent, without, elsewhere)}
    runs.seen.update(mine.values())
    for run in (without, elsewhere):
        os.kill(processes.parent(mine[run]), signal.SIGKILL)
        run.wait(60)
    assert survivors.end_orphans(LOCAL) == [mine[without]]
    assert processes.identity(mine[without]) is None
    assert processes.identity(mine[with_parent]) and processes.identity(mine[elsewhere])


def child(pid: int, program: str) -> int:
    """The process's only child, once it is that program."""
    until = time.monotonic() + 60
    while True:
        found = [other for other in processes.everyone() if processes.parent(other) == pid]
        if found and processes.program(found[0]) == program:
            return found[0]
        assert time.monotonic() < until
        time.sleep(0.02)


def test_plans_and_half_bundles_of_a_killed_run_are_removed(work: Path) -> None:
    (work / "local" / "bundle").mkdir(parents=True)
    (work / "local" / ".bundle.partial").mkdir()
    for name in ("environment.tfplan", "destroy.tfplan", "bundle/environment.tfplan", ".bundle.partial/a"):
        (work / "local" / name).write_text("secret")
    with lock.held(LOCAL, "up local"):
        pass
    left = [str(file.relative_to(work)) for file in work.rglob("*") if file.is_file()]
    assert sorted(left) == ["local/bundle/environment.tfplan", "local/run.lock"]
