"""Files that a later run reads are there whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestrator.system import atomic, paths

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from orchestrator.system import atomic
file = Path(sys.argv[1])
while True:
    for letter in "ab":
        atomic.write(file, letter * 200_000)
    print("both", flush=True)
"""


def test_a_file_is_written_and_replaced_and_its_folder_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file"
    atomic.write(file, "ä")
    atomic.write(file, b"b")
    assert file.read_bytes() == b"b"
    assert [item.name for item in file.parent.iterdir()] == ["file"]


@pytest.mark.slow
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic.write(file, "a" * 200_000)
    for number in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, file], stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
        ) as writer:  # fmt: skip
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"both\n"
            time.sleep(number * 0.0013)
            writer.send_signal(signal.SIGKILL)
        text = file.read_text()
        assert text in ("a" * 200_000, "b" * 200_000)


def test_what_only_this_user_may_read_is_never_readable_by_others(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    atomic.write(file, "new", mode=0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_disk_that_is_full_is_told_with_the_place_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic.write(file, "old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            atomic.write(file, "n" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.filename == str(file)
    assert file.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
