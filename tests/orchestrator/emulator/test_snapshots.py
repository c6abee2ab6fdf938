"""Snapshots of the emulator's state, in the emulator's own Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.emulator import emulator
from orchestrator.system import paths

PROGRAM = """
import asyncio, pathlib, sys, time
from orchestrator.emulator.server import snapshots

snapshots.SECONDS |= {{"state": 0.1, "images": 0.3, "logs": 0.1, "lines": 0.8}}
folder = pathlib.Path(sys.argv[1])
notes = folder / "notes"

def write(target, kinds):
    {writing}
    with notes.open("a") as file:
        print("+".join(sorted(kinds)), file=file)

snapshots.write = write

async def main():
    keeper = snapshots.Snapshots(folder / "state")
    saving = asyncio.create_task(keeper.run())
    {acting}
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)

asyncio.run(main())
time.sleep({afterwards})
print(notes.read_text().split() if notes.exists() else "nothing")
"""


def run(folder: Path, *, writing: str, acting: str, afterwards: float = 0.0) -> str:
    """What the snapshots have written, in order."""
    program = PROGRAM.format(writing=writing, acting=acting, afterwards=afterwards)
    done = subprocess.run(
        [emulator.ensure_installed(), "-c", program, folder],
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "STATE_DIR": str(folder), "LOG_LEVEL": "ERROR"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("acting", "expected"),
    [
        ("await asyncio.sleep(0.5)", "nothing"),
        ("keeper.request('state'); await asyncio.sleep(0.5)", "['state']"),
        ("keeper.request('state'); keeper.request('state'); await asyncio.sleep(0.5)", "['state']"),
    ],
)
def test_a_change_is_written_once_and_nothing_without_one(tmp_path: Path, acting: str, expected: str) -> None:
    assert run(tmp_path, writing="pass", acting=acting) == expected


def test_images_are_written_once_when_no_more_are_pushed(tmp_path: Path) -> None:
    acting = """for _ in range(8): keeper.request('images'); await asyncio.sleep(0.1)
    await asyncio.sleep(1)"""
    assert run(tmp_path, writing="pass", acting=acting).count("images") == 1


def test_lines_that_come_all_the_time_do_not_hold_up_anything_else(tmp_path: Path) -> None:
    acting = """keeper.request('lines'); await asyncio.sleep(0.05); keeper.request('state')
    for _ in range(18): keeper.request('lines'); await asyncio.sleep(0.1)
    await asyncio.sleep(1)"""
    written = run(tmp_path, writing="pass", acting=acting)
    assert written.startswith("['state', 'lines'"), written
    assert written.count("state") == 1
    assert 2 <= written.count("lines") <= 4


def test_what_containers_have_said_by_a_change_is_written_after_it(tmp_path: Path) -> None:
    acting = "keeper.request('state'); await asyncio.sleep(1.5)"
    assert run(tmp_path, writing="pass", acting=acting) == "['state', 'lines']"


def test_a_snapshot_that_fails_is_tried_again(tmp_path: Path) -> None:
    writing = "(folder / 'tried').exists() or ((folder / 'tried').touch(), 1 / 0)"
    assert run(tmp_path, writing=writing, acting="keeper.request('state'); await asyncio.sleep(0.6)") == "['state']"


def test_a_snapshot_that_is_still_being_written_at_the_end_does_not_replace_the_final_state(tmp_path: Path) -> None:
    acting = "keeper.request('state'); await asyncio.sleep(0.4)"
    assert run(tmp_path, writing="time.sleep(0.8)", acting=acting, afterwards=1.0) == "nothing"


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
