"""The emulated AWS where no container engine runs: to be read for a plan, for as long as that takes.

It serves a copy of what the stopped emulator kept, on the same ports, and is thrown away: what was written to it, and
what it made of tasks that it could not start, is forgotten. It ends with this process, however that ends.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.console import Stage
from orchestrator.emulator import emulator, emulator_process, kept
from orchestrator.emulator.emulator import Emulator
from orchestrator.system import paths

# An engine that is nowhere: should one be started meanwhile, its containers are not this emulator's.
_NO_ENGINE = "unix:///nonexistent/docker.sock"


@contextmanager
def reading(stage: Stage) -> Iterator[Emulator]:
    """This copy's emulator if it runs, else one to read from. Raises `PrerequisiteMissing` or `Failure`."""
    running = emulator.running()
    if running is not None:
        yield running
        return
    python, ports = emulator.ensure_installed(stage.event), emulator.ports()
    emulator_process.end_reader()
    emulator.check_free(ports)
    with _folder() as folder:
        for name in ("state", "layers", "s3"):
            source = emulator_process.folder() / name
            if source.exists():
                shutil.copytree(source, folder / name)
        kept.check(folder / "state", stage.event)
        with _process(python, ports, folder, stage) as child:
            yield Emulator(f"http://127.0.0.1:{ports.api}", ports.balancer, child.pid, started=True)


@contextmanager
def _folder() -> Iterator[Path]:
    """The copy's folder, of which nothing is left, also of a run that was killed: the state is in it, in clear."""
    folder = emulator_process.reading_folder()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _process(python: Path, ports: emulator.Ports, folder: Path, stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    for name in ("state", "s3", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    command = emulator_process.command(
        python, ports.api, ports.balancer, folder, gateway="127.0.0.1", identity=f"{paths.work_id()}-reading"
    )
    environment = emulator_process.environment(ports.api, folder, _NO_ENGINE)
    with (folder / "emulator.log").open("ab") as log:
        child = subprocess.Popen(
            [*command, "--until-stdin-ends"], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            cwd=folder, env=environment,
        )  # fmt: skip
    try:
        emulator_process.wait(child, f"{paths.work_id()}-reading", ports.api, folder / "emulator.log", stage)
        yield child
    finally:
        child.kill()
        child.wait()
