"""Snapshots of the emulator's state, in the emulator's own Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.emulator import emulator
from orchestrator.system import paths

# Time passes when nothing is left to be done, so that it is always the same which change is due when.
SCHEDULED = """
import asyncio, selectors
from types import SimpleNamespace
from orchestrator.emulator.server import snapshots

class Waiting(selectors.SelectSelector):
    def select(self, timeout=None):
        loop.now += timeout or 0.0
        return super().select(0)

class Loop(asyncio.SelectorEventLoop):
    now = 0.0
    def time(self):
        return self.now

loop = Loop(Waiting())
snapshots.time = SimpleNamespace(monotonic=loop.time)
written = []

async def save(kinds):
    written.append((loop.now, "+".join(sorted(kinds))))
    return True

async def main():
    keeper = snapshots.Snapshots(None)
    keeper._save = save
    saving = asyncio.create_task(keeper.run())
    {acting}
    await asyncio.sleep(60)
    saving.cancel()

loop.run_until_complete(main())
print(written)
"""
WRITTEN = """
import asyncio, os, pathlib, sys, time
from orchestrator.emulator.server import snapshots

snapshots.SECONDS |= {{"state": 0.1, "lines": 3600.0}}
folder = pathlib.Path(sys.argv[1])
notes, begun = folder / "notes", folder / "begun"

def write(target, kinds):
    {writing}
    with notes.open("a") as file:
        print("+".join(sorted(kinds)), file=file)

snapshots.write = write

async def there(file):
    while not file.exists() or not file.read_text():
        await asyncio.sleep(0.01)

async def main():
    keeper = snapshots.Snapshots(folder / "state")
    saving = asyncio.create_task(keeper.run())
    keeper.request("state")
    {acting}
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)

asyncio.run(main())
{afterwards}
print(notes.read_text().split() if notes.exists() else "nothing")
"""


def run(program: str, folder: Path) -> str:
    """What the program prints, in the emulator's own Python."""
    done = subprocess.run(
        [emulator.ensure_installed(), "-c", program, folder],
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "STATE_DIR": str(folder), "LOG_LEVEL": "ERROR"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def scheduled(folder: Path, acting: str) -> str:
    """Which kinds of changes are written, and after how many seconds, if that is done from the beginning on."""
    return run(SCHEDULED.format(acting=acting), folder)


def written(folder: Path, *, acting: str, writing: str = "pass", afterwards: str = "") -> str:
    """What is written after a change, in order."""
    return run(WRITTEN.format(writing=writing, acting=acting, afterwards=afterwards), folder)


@pytest.mark.parametrize(
    ("acting", "expected"),
    [
        ("pass", []),
        ("keeper.request('state')", [(2.0, "state"), (10.0, "lines")]),
        ("keeper.request('state'); keeper.request('state')", [(2.0, "state"), (10.0, "lines")]),
    ],
)
def test_a_change_is_written_once_and_nothing_without_one(
    tmp_path: Path, acting: str, expected: list[tuple[float, str]]
) -> None:
    """What containers have said by then comes after it."""
    assert scheduled(tmp_path, acting) == str(expected)


def test_images_are_written_once_when_no_more_are_pushed(tmp_path: Path) -> None:
    acting = "for _ in range(8): keeper.request('images'); await asyncio.sleep(1)"
    assert scheduled(tmp_path, acting) == str([(10.0, "lines"), (12.0, "images")])


def test_lines_that_come_all_the_time_do_not_hold_up_anything_else(tmp_path: Path) -> None:
    acting = """keeper.request('lines'); await asyncio.sleep(1); keeper.request('state')
    for _ in range(20): keeper.request('lines'); await asyncio.sleep(1)"""
    assert scheduled(tmp_path, acting) == str([(3.0, "state"), (10.0, "lines"), (20.0, "lines"), (30.0, "lines")])


def test_a_change_is_written_by_a_copy_of_the_process(tmp_path: Path) -> None:
    writing = "begun.write_text(str(os.getpid()))"
    afterwards = "assert int(begun.read_text()) != os.getpid()"
    assert written(tmp_path, acting="await there(notes)", writing=writing, afterwards=afterwards) == "['state']"


def test_a_snapshot_that_fails_is_tried_again(tmp_path: Path) -> None:
    writing = "(folder / 'tried').exists() or ((folder / 'tried').touch(), 1 / 0)"
    assert written(tmp_path, acting="await there(notes)", writing=writing) == "['state']"


def test_a_snapshot_that_is_still_being_written_at_the_end_does_not_replace_the_final_state(tmp_path: Path) -> None:
    writing = "begun.write_text(str(os.getpid())); time.sleep(30)"
    afterwards = "assert not pathlib.Path('/proc', begun.read_text()).exists(), 'it goes on'"
    assert written(tmp_path, acting="await there(begun)", writing=writing, afterwards=afterwards) == "nothing"


FULL = """
import pathlib, sys
import ministack.app
from orchestrator.emulator.server import snapshots
folder = pathlib.Path(sys.argv[1])
(folder / "state").mkdir()
(folder / "state" / "dynamodb.json").write_text("the last good one")
ministack.app._build_persistence_save_dict = lambda: {"iam": lambda: {}, "dynamodb": lambda: {"a": "x" * 5_000_000}}
try:
    snapshots.write(folder / "state", {"state"})
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_snapshot_on_a_full_disk_has_failed_and_leaves_the_last_one(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "full", tmp_path], check=True)
    try:
        done = subprocess.run(
            [emulator.ensure_installed(), "-c", FULL, tmp_path], text=True, capture_output=True, timeout=60, check=True,
            env={**os.environ, "PYTHONPATH": str(paths.ROOT), "PERSIST_STATE": "1", "STATE_DIR": str(tmp_path)},
        )  # fmt: skip
        assert "failed to save dynamodb: [Errno 28] No space left on device" in done.stdout, done.stderr
        assert (tmp_path / "state" / "dynamodb.json").read_text() == "the last good one"
        assert [item.name for item in tmp_path.iterdir()] == ["state"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


QUICK = """
import json, pathlib, sys
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from orchestrator.emulator.server import snapshots
persistence.STATE_DIR = sys.argv[1]
kept = AccountRegionScopedDict()
kept["a"] = {"bytes": b"\\xff", "text": "\\u00e9"}
for name in ("slow", "quick"):
    persistence.save_state(name, {"kept": kept})
    snapshots.quicken()
one, other = (pathlib.Path(sys.argv[1], f"{name}.json").read_text() for name in ("slow", "quick"))
assert one == other, (one, other)
assert persistence.load_state("quick")["kept"]["a"] == {"bytes": b"\\xff", "text": "\\u00e9"}
print("the same")
"""


def test_what_is_written_quickly_is_what_ministack_writes(tmp_path: Path) -> None:
    done = subprocess.run(
        [emulator.ensure_installed(), "-c", QUICK, tmp_path], text=True, capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "PERSIST_STATE": "1", "STATE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout == "the same\n", done.stderr
