"""How commands fail: what is missing, and defects of the program itself, are one message with what helps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.system import paths
from tests import answers
from tests.orchestrator.cli.typed import run, run_bare

pytestmark = pytest.mark.slow


def test_an_aws_environment_without_credentials_is_a_missing_prerequisite(tmp_path: Path) -> None:
    told = run("status", "staging", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    assert told.returncode == 5
    assert "error: no usable AWS credentials for staging" in told.stderr
    assert "AWS_PROFILE" in told.stderr


def test_terraform_missing_is_a_missing_prerequisite(tmp_path: Path) -> None:
    hidden = """
import sys
from orchestrator.cli import main as cli
from orchestrator.system import process
real = process.which
process.which = lambda program: None if program == "terraform" else real(program)
sys.exit(cli.main(["up", "staging"]))
"""
    told = subprocess.run([sys.executable, "-c", hidden], text=True, capture_output=True, cwd=paths.ROOT, check=False)
    assert told.returncode == 5
    assert "error: terraform is not installed" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "shell", "message"),
    [
        (["up", "--jsn", "--json"], {}, "wrong usage: unrecognized argument: --jsn; did you mean --json?"),
        (["status", "--json"], {"TMPDIR": "/no such"}, "TMPDIR is /no such, which cannot hold temporary files"),
        (["status", "--json"], {"XDG_CACHE_HOME": "/dev/null"}, "cannot prepare .venv: Not a directory: /dev/null/"),
    ],
    ids=str,
)
def test_a_failure_before_anything_is_installed_is_an_object_too(
    bare: Path, arguments: list[str], shell: dict[str, str], message: str
) -> None:
    told = run_bare(bare, *arguments, **shell)
    said = answers.read(arguments[0], told.stdout)
    assert (said["environment"], said["exit_code"]) == (None, told.returncode)
    assert said["error"]["message"].startswith(message)
    assert said["error"]["next_step"]
    assert told.stderr.startswith(f"error: {message}")


def test_a_defect_ends_in_a_message_and_a_report_not_in_a_traceback(tmp_path: Path) -> None:
    broken = f"""
import sys
from pathlib import Path
from orchestrator.cli import main as cli
from orchestrator.project import environment
from orchestrator.system import paths
paths.WORK = Path({str(tmp_path)!r})
environment.load = lambda name: 1 / 0
sys.exit(cli.main(["status"]))
"""
    told = subprocess.run([sys.executable, "-c", broken], text=True, capture_output=True, cwd=paths.ROOT, check=False)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "ZeroDivisionError" in told.stderr
    assert "Traceback" in (tmp_path / "crash.txt").read_text()


def test_a_defect_whose_report_cannot_be_written_is_told_with_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broken = f"""
import sys
from pathlib import Path
from orchestrator.cli import main as cli
from orchestrator.project import environment
from orchestrator.system import paths
paths.WORK = Path({str(tmp_path / "file" / "work")!r})
environment.load = lambda name: 1 / 0
sys.exit(cli.main(["status"]))
"""
    told = subprocess.run([sys.executable, "-c", broken], text=True, capture_output=True, cwd=paths.ROOT, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("error: this is a defect of orchestrate.py, not yours\n  ZeroDivisionError")
    assert "  | ZeroDivisionError" in told.stderr
    assert "next:  report it with the lines above" in told.stderr


def test_a_reader_that_stops_reading_is_no_error() -> None:
    told = subprocess.run(
        f"{sys.executable} -m orchestrator.cli.main doctor --json | head -c 1",
        shell=True, text=True, capture_output=True, cwd=paths.ROOT, check=False,
    )  # fmt: skip
    assert told.stdout == "{"
    assert "Traceback" not in told.stderr
