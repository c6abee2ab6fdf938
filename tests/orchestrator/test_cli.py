"""The command line as its users meet it: messages, exit codes, where output goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator import cli, paths, toolenv


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", *arguments], text=True, capture_output=True, cwd=paths.ROOT,
        env={**clean, "AWS_EC2_METADATA_DISABLED": "true", **environment}, stdin=subprocess.DEVNULL, check=False,
        timeout=120,
    )  # fmt: skip


def test_help_names_every_verb_and_every_exit_code():
    told = run("--help")
    assert told.returncode == 0
    for verb in cli.VERBS:
        assert f"    {verb} " in told.stdout
    for code in ("0 success", "1 failure", "2 plan", "3 stopped", "4 rollout", "5 a prerequisite", "64 wrong", "130"):
        assert code in " ".join(told.stdout.split())


def test_nothing_typed_shows_the_help():
    told = run()
    assert told.returncode == 64
    assert "usage: orchestrate.py" in told.stderr


@pytest.mark.parametrize("arguments", [["frob"], ["up", "--frob"], ["up", "local", "more"], ["status", "nowhere"]])
def test_wrong_usage_is_one_message_and_64(arguments):
    told = run(*arguments)
    assert told.returncode == 64
    assert told.stdout == ""
    assert told.stderr.startswith("error: ")
    assert "next:  " in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("verb", ["up", "plan", "down", "status", "images", "logs"])
def test_no_verb_sends_an_aws_environment_s_calls_elsewhere(verb):
    arguments = [verb, "words", "staging"] if verb == "logs" else [verb, "staging"]
    told = run(*arguments, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert told.returncode == 5
    assert "error: AWS_ENDPOINT_URL is set, and staging is on AWS" in told.stderr
    assert "next:  unset AWS_ENDPOINT_URL" in told.stderr


def test_an_aws_environment_without_credentials_is_a_missing_prerequisite(tmp_path):
    told = run("status", "staging", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    assert told.returncode == 5
    assert "error: no usable AWS credentials for staging" in told.stderr
    assert "AWS_PROFILE" in told.stderr


def test_stop_is_for_the_local_environment():
    told = run("stop", "production")
    assert told.returncode == 64
    assert "python3 orchestrate.py down production" in told.stderr


def test_terraform_missing_is_a_missing_prerequisite(tmp_path):
    hidden = """
import sys
from orchestrator import cli, process
real = process.which
process.which = lambda program: None if program == "terraform" else real(program)
sys.exit(cli.main(["up", "staging"]))
"""
    told = subprocess.run([sys.executable, "-c", hidden], text=True, capture_output=True, cwd=paths.ROOT, check=False)
    assert told.returncode == 5
    assert "error: terraform is not installed" in told.stderr


def test_a_defect_ends_in_a_message_and_a_report_not_in_a_traceback(tmp_path):
    broken = f"""
import sys
from pathlib import Path
from orchestrator import cli, environment, paths
paths.WORK = Path({str(tmp_path)!r})
environment.load = lambda name: 1 / 0
sys.exit(cli.main(["status"]))
"""
    told = subprocess.run([sys.executable, "-c", broken], text=True, capture_output=True, cwd=paths.ROOT, check=False)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "ZeroDivisionError" in told.stderr
    assert "Traceback" in (tmp_path / "crash.txt").read_text()


def test_a_reader_that_stops_reading_is_no_error():
    told = subprocess.run(
        f"{sys.executable} -m orchestrator.cli doctor --json | head -c 1", shell=True, text=True, capture_output=True,
        cwd=paths.ROOT, check=False,
    )  # fmt: skip
    assert told.stdout == "["
    assert "Traceback" not in told.stderr


def test_doctor_tells_everything_and_touches_nothing():
    before = sorted(item.name for item in paths.ROOT.iterdir())
    told = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    assert told.returncode in (0, 5)
    assert all(check["status"] in ("ok", "warning", "missing") for check in checks.values())
    assert all(check["action"] for check in checks.values() if check["status"] == "missing")
    assert sorted(item.name for item in paths.ROOT.iterdir()) == before


def test_every_recipe_of_the_justfile_is_a_verb_and_every_verb_has_one():
    text = (paths.ROOT / "Justfile").read_text()
    for verb in cli.VERBS:
        assert f"\n{verb} *ARGS:\n    @python3 orchestrate.py {verb} {{{{ ARGS }}}}\n" in text
    assert text.count("*ARGS:") == len(cli.VERBS)


def test_just_lists_the_verbs_and_runs_them():
    just = Path(sys.executable).with_name("just")
    listed = subprocess.run([just], text=True, capture_output=True, cwd=paths.ROOT, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [
        "up", "plan", "status", "logs", "images", "stop", "down", "doctor", "test",
    ]  # fmt: skip
    same = [just, "stop", "staging"], [sys.executable, "orchestrate.py", "stop", "staging"]
    told = [subprocess.run(call, text=True, capture_output=True, cwd=paths.ROOT, check=False) for call in same]
    assert told[1].stderr.startswith("error: staging is on AWS")
    assert told[0].stderr.startswith(told[1].stderr)
    assert [call.returncode for call in told] == [64, 64]


def test_the_tests_requirements_hold_exactly_what_runs():
    def pins(name: str) -> set[str]:
        lines = (paths.ROOT / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("requirements.txt") <= pins("requirements-test.txt")


def test_a_virtual_environment_is_made_once_and_again_when_the_lock_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said: list[str] = []
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    folder = tmp_path / "venv"
    assert not toolenv.is_ready(folder, lock)
    toolenv.prepare(folder, lock, say=said.append)
    assert (folder / "bin" / "python").exists()
    toolenv.prepare(folder, lock, say=said.append)
    assert len(said) == 1
    lock.write_text("# changed\n")
    assert not toolenv.is_ready(folder, lock)


def test_a_package_that_does_not_match_its_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    folder = tmp_path / "venv"
    with pytest.raises(toolenv.ToolEnvError, match=r"cannot install requirements\.txt"):
        toolenv.prepare(folder, lock, say=lambda text: None)
    assert not toolenv.is_ready(folder, lock)
