"""What the shell sets: nothing of it leads a command astray, and what cannot be used is told."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
from pathlib import Path

import pytest

from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import paths
from tests.orchestrator.cli.typed import run, run_bare

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("arguments", [["status"], ["test"], ["up", "staging"]])
def test_a_temporary_folder_that_is_not_there_is_told_before_anything_is_installed(
    bare: Path, arguments: list[str]
) -> None:
    told = run_bare(bare, *arguments, TMPDIR="/no such")
    assert told.returncode == 5
    assert told.stderr.startswith("error: TMPDIR is /no such, which cannot hold temporary files\n")
    assert not (bare / ".venv").exists()
    assert run(*arguments, TMPDIR="/no such").stderr == told.stderr


FOREIGN = {
    "PYTHONPATH": {"PYTHONPATH": "{foreign}"},
    "the folder that one stands in": {},
    "PYTHONWARNINGS": {"PYTHONWARNINGS": "error"},
    "PYTHONOPTIMIZE": {"PYTHONOPTIMIZE": "2"},
    "PYTHONSAFEPATH": {"PYTHONSAFEPATH": "1"},
    "PYTHONSTARTUP": {"PYTHONSTARTUP": "{foreign}/yaml.py"},
    "PYTHONINSPECT": {"PYTHONINSPECT": "1"},
    "ASCII": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii:strict"},
    "a locale that is not there": {"LC_ALL": "xx_XX.ISO-8859-15"},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_the_shell_s_python_is_not_ours(tmp_path: Path, what: str) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    for name in ("yaml", "orchestrator", "boto3", "python_terraform"):
        (foreign / f"{name}.py").write_text("raise SystemExit('a foreign module')\n")
    plan = {"format_version": "1.2", "terraform_version": "1.11.4", "complete": True, "resource_changes": [
        {"address": "a.이야기", "mode": "managed", "type": "a", "name": "이야기",
         "change": {"actions": ["create"], "before": None, "after": {"은": "는"}}}]}  # fmt: skip
    (foreign / "plan.json").write_text(json.dumps(plan))
    hostile = {name: value.format(foreign=foreign) for name, value in FOREIGN[what].items()}
    plain = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}

    def told(*arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["python3", paths.ROOT / "orchestrate.py", *arguments], cwd=foreign, env={**plain, **hostile, **more},
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=300,
        )  # fmt: skip

    # It reads every service.yaml before it refuses.
    refused = told("up", "staging", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert b"error: AWS_ENDPOINT_URL is set, and staging is on AWS" in refused.stderr
    assert refused.returncode == 5
    reviewed = told("review", "plan.json")
    assert reviewed.returncode == 0, reviewed.stderr
    assert "이야기" in reviewed.stdout.decode()


def test_what_is_set_and_changes_nothing_is_named_once() -> None:
    told = run("up", "staging", AWS_ENDPOINT_URL="http://127.0.0.1:1", TF_VAR_word="x", TF_WORKSPACE="y", GIT_DIR="/x")
    lines = [line for line in told.stderr.splitlines() if "ignored" in line]
    assert [line.split(" ", 1)[1] for line in lines] == [
        "ignored, though this shell sets them: GIT_DIR, TF_VAR_word, TF_WORKSPACE"
    ]
    quiet = run("status", "staging", AWS_ENDPOINT_URL="http://127.0.0.1:1", TF_VAR_word="x")
    assert "ignored" not in quiet.stderr


@pytest.mark.parametrize("verb", ["up", "plan", "down", "status", "images", "logs"])
def test_no_verb_sends_an_aws_environment_s_calls_elsewhere(verb: str) -> None:
    arguments = [verb, "words", "staging"] if verb == "logs" else [verb, "staging"]
    told = run(*arguments, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert told.returncode == 5
    assert "error: AWS_ENDPOINT_URL is set, and staging is on AWS" in told.stderr
    assert "next:  unset AWS_ENDPOINT_URL" in told.stderr


@pytest.mark.parametrize(
    ("shell", "where"),
    [
        ({"XDG_CACHE_HOME": "/cache", "HOME": "/home/kim"}, "/cache/storyizer"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/kim"}, "/home/kim/.cache/storyizer"),
        ({"HOME": "relative"}, "/home/of/user/.cache/storyizer"),
        ({"HOME": ""}, "/home/of/user/.cache/storyizer"),
        ({}, "/home/of/user/.cache/storyizer"),
    ],
)
def test_the_cache_is_never_where_one_happens_to_stand(
    monkeypatch: pytest.MonkeyPatch, shell: dict[str, str], where: str
) -> None:
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    user = pwd.struct_passwd(("kim", "x", 1000, 1000, "", "/home/of/user", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    assert paths.cache() == Path(where)


def test_a_cache_that_cannot_be_used_is_one_message(bare: Path) -> None:
    file = bare / "file"
    file.touch()
    told = run_bare(bare, "status", XDG_CACHE_HOME=str(file))
    assert told.returncode == 5
    assert told.stderr.startswith(f"error: cannot prepare .venv: Not a directory: {file}/storyizer")
    assert "XDG_CACHE_HOME" in told.stderr.splitlines()[1]


def test_a_user_without_a_home_folder_is_told_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654321)
    with pytest.raises(PrerequisiteMissing) as caught:
        paths.cache()
    assert "HOME=FOLDER" in caught.value.next_step
