"""Where temporary files go is looked at before anything starts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.system import paths, tempfolder

CHECK = """
import sys
from orchestrator.system import tempfolder
from orchestrator.errors import Failure
try:
    tempfolder.check()
except Failure as failure:
    print(failure.render())
    sys.exit(int(failure.exit_code))
"""


def check(limit: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHECK], text=True, capture_output=True, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(paths.ROOT), **environment},
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))) if limit else None,
    )  # fmt: skip


@pytest.mark.parametrize("variable", tempfolder.VARIABLES)
def test_a_folder_that_is_not_there_is_named_with_its_variable(variable: str) -> None:
    told = check(False, **{variable: "/no such folder"})
    assert told.returncode == 5
    assert told.stdout == (
        f"error: {variable} is /no such folder, which cannot hold temporary files\n"
        "  No such file or directory.\n"
        f"next:  mkdir -p '/no such folder', or unset {variable}, "
        "or let it name a folder with room that you may write\n"
    )


@pytest.mark.parametrize(("folder", "reason"), [("/proc", "No such file"), ("/dev/null", "Not a directory")])
def test_a_folder_that_takes_no_file_is_named_with_the_reason(folder: str, reason: str) -> None:
    told = check(TMPDIR=folder)
    assert told.returncode == 5
    assert reason in told.stdout
    assert "mkdir" not in told.stdout


@pytest.mark.parametrize("named", [{}, {"TMPDIR": "/var/tmp"}])
def test_a_folder_that_takes_empty_files_only_is_no_folder(named: dict[str, str]) -> None:
    told = check(limit=True, **named)
    assert told.returncode == 5
    assert "File too large." in told.stdout
    assert ("unset TMPDIR" if named else "TMPDIR=FOLDER") in told.stdout


def test_a_path_that_is_too_long_for_a_provider_s_socket_is_named(tmp_path: Path) -> None:
    for length, right in ((tempfolder.LONGEST_BYTES, True), (tempfolder.LONGEST_BYTES + 1, False)):
        folder = Path("/var/tmp") / f"storyizer-{os.getpid()}-".ljust(length - len("/var/tmp/"), "x")
        folder.mkdir()
        try:
            told = check(TMPDIR=str(folder))
        finally:
            folder.rmdir()
        assert (told.returncode == 0) is right, told.stdout
        assert right or "socket" in told.stdout


def test_the_first_variable_that_is_set_counts() -> None:
    assert tempfolder.chosen({"TMPDIR": "", "TEMP": "/b", "TMP": "/c"}) == tempfolder.TempFolder(Path("/b"), "TEMP")
    assert tempfolder.chosen({}) == tempfolder.TempFolder(Path("/tmp"), "")
    assert check(TEMP="/var/tmp").returncode == 0
