"""The command line as its users meet it: messages, exit codes, where output goes."""

from __future__ import annotations

import importlib
import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli import main, usage
from orchestrator.cli.verbs.develop import pytest_options
from orchestrator.doctor import machine_checks
from orchestrator.errors import PrerequisiteMissing
from orchestrator.machine import toolenv
from orchestrator.prepare import preflight
from orchestrator.system import paths

pytestmark = pytest.mark.slow


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "orchestrator.cli.main", *arguments], text=True, capture_output=True, cwd=paths.ROOT,
        env={**clean, "AWS_EC2_METADATA_DISABLED": "true", **environment}, stdin=subprocess.DEVNULL, check=False,
        timeout=120,
    )  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the checkout as it is cloned: without .venv."""
    folder = tmp_path / "bare"
    for name in ("orchestrator", "services", "terraform"):
        shutil.copytree(paths.ROOT / name, folder / name, ignore=shutil.ignore_patterns(".terraform", "__pycache__"))
    for name in ("orchestrate.py", "requirements.txt", "requirements-test.txt"):
        shutil.copy(paths.ROOT / name, folder)
    return folder


def run_bare(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a bare checkout, by a Python that has the standard library and nothing else."""
    return subprocess.run(
        [os.path.realpath(sys.executable), "-S", "-E", "orchestrate.py", *arguments], text=True, capture_output=True,
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), **environment},
        stdin=subprocess.DEVNULL, check=False, timeout=120,
    )  # fmt: skip


def test_help_names_every_verb_and_every_exit_code() -> None:
    told = run("--help")
    assert told.returncode == 0
    for verb in usage.VERBS:
        assert f"    {verb} " in told.stdout
    for code in ("0 success", "1 failure", "2 plan", "3 stopped", "4 rollout", "5 a prerequisite", "64 wrong", "130"):
        assert code in " ".join(told.stdout.split())


@pytest.mark.parametrize(
    ("verb", "options"),
    [("up", ["--yes"]), ("plan", ["--detailed-exitcode"]), ("down", ["--yes"]), ("logs", ["--follow", "--since"])],
)
def test_the_help_of_a_verb_names_its_options(verb: str, options: list[str]) -> None:
    told = run(verb, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(f"usage: orchestrate.py {verb} ")
    assert all(option in told.stdout for option in ["--json", *options])


@pytest.mark.parametrize("arguments", [["--help"], ["up", "--help"], ["test", "-h"]])
def test_help_needs_nothing_and_makes_nothing(bare: Path, arguments: list[str]) -> None:
    told = run_bare(bare, *arguments)
    assert told.returncode == 0, told.stderr
    assert "usage: orchestrate.py" in told.stdout
    assert not (bare / ".venv").exists()


WRONG = [
    ["frob"], ["up", "--frob"], ["up", "local", "more"], ["status", "nowhere"],
    ["logs", "--since", "x"], ["logs", "--since", "-5m"],
    ["logs", "--failed", "--follow"], ["logs", "--failed", "--since", "5m"], ["freeze"], ["freeze", "--reason", " "],
    ["freeze", "nowhere", "--reason", "x"], ["freeze", "--reason", "x" * 501], ["unfreeze", "--reason", "x"],
    ["up", "--despite-freeze"], ["up", "--despite-freeze", ""], ["down", "--despite-freeze", "\x1b[2J"],
    ["ci", "plan", "--despite-freeze", "x"], ["diff", "words", "local"],
    ["logs", "words", "nowhere"], ["apply"], ["stop", "staging"], ["ci"], ["ci", "frob"],
    ["ci", "plan", "staging", "--commit", "abc"], ["review", "-", "--format", "x"], ["test", "--hlep"],
    ["test", "-k", "x", "--lonh"], ["test", "-Z"], ["test", "--maxfial=1", "tests"],
    ["check", "staging"], ["check", "--jsn"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_told_before_anything_is_installed(bare: Path, arguments: list[str]) -> None:
    told = run_bare(bare, *arguments)
    assert told.returncode == 64
    assert told.stderr.startswith("error: ")
    assert "next:  " in told.stderr
    assert sorted(item.name for item in bare.parent.iterdir()) == ["bare"]
    assert not {".venv", ".storyizer"} & {item.name for item in bare.iterdir()}


def test_an_option_that_is_nearly_one_is_told_which() -> None:
    assert "unrecognized argument: --hlep; did you mean --help?" in run("test", "--hlep").stderr
    assert "unrecognized argument: --maxfial=1; did you mean --maxfail?" in run("test", "--maxfial=1").stderr


@pytest.mark.parametrize(
    "words",
    [["-k", "x and not y", "-q"], ["-xvs", "tests/ci"], ["--maxfail=1"], ["--maxfail", "-1"], ["--long"], ["-rA"], [],
     ["--", "--hlep"], ["-p", "no:cacheprovider", "--its-option"]],
)  # fmt: skip
def test_what_is_pytest_s_goes_to_pytest(words: list[str]) -> None:
    assert main.understood(["test", *words])[0].rest == words


def test_the_options_that_are_let_through_are_those_that_pytest_knows(pytestconfig: pytest.Config) -> None:
    parser = pytestconfig._parser
    known = {
        name for group in [*parser._groups, parser._anonymous] for option in group.options for name in option.names()
    }
    # tests/browser's own is known to pytest only where that folder is named.
    assert known | {"--screens"} == pytest_options.OPTIONS


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
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
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


def test_a_user_without_a_home_folder_is_told_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654321)
    with pytest.raises(PrerequisiteMissing) as caught:
        paths.cache()
    assert "HOME=FOLDER" in caught.value.next_step


def test_help_loads_no_package_and_no_verb() -> None:
    verbs = {usage.module(verb) for verb in usage.VERBS}
    asked = """
import sys
from orchestrator.cli import main as cli
try:
    cli.main(["up", "--help"])
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""
    told = subprocess.run([sys.executable, "-c", asked], text=True, capture_output=True, cwd=paths.ROOT, check=True)
    loaded = set(told.stderr.split())
    assert "orchestrator.cli.usage" in loaded
    assert not {"boto3", "yaml", "rich", "python_terraform", "orchestrator.terraform.runner", *verbs} & loaded


@pytest.mark.parametrize("verb", usage.VERBS)
def test_a_verb_stands_beside_its_options(verb: str) -> None:
    module = importlib.import_module(usage.module(verb))
    assert callable(module.run)
    assert Path(module.__file__ or "").with_name("options.py").exists()


def test_nothing_typed_shows_the_help() -> None:
    told = run()
    assert told.returncode == 64
    assert "usage: orchestrate.py" in told.stderr


@pytest.mark.parametrize("arguments", [["frob"], ["up", "--frob"], ["up", "local", "more"], ["status", "nowhere"]])
def test_wrong_usage_is_one_message_and_64(arguments: list[str]) -> None:
    told = run(*arguments)
    assert told.returncode == 64
    assert told.stdout == ""
    assert told.stderr.startswith("error: ")
    assert "next:  " in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("verb", ["up", "plan", "down", "status", "images", "logs"])
def test_no_verb_sends_an_aws_environment_s_calls_elsewhere(verb: str) -> None:
    arguments = [verb, "words", "staging"] if verb == "logs" else [verb, "staging"]
    told = run(*arguments, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert told.returncode == 5
    assert "error: AWS_ENDPOINT_URL is set, and staging is on AWS" in told.stderr
    assert "next:  unset AWS_ENDPOINT_URL" in told.stderr


def test_an_aws_environment_without_credentials_is_a_missing_prerequisite(tmp_path: Path) -> None:
    told = run("status", "staging", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    assert told.returncode == 5
    assert "error: no usable AWS credentials for staging" in told.stderr
    assert "AWS_PROFILE" in told.stderr


def test_doctor_of_an_aws_environment_looks_at_what_that_needs(tmp_path: Path) -> None:
    told = run("doctor", "staging", "--json", HOME=str(tmp_path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    assert told.returncode == 5
    assert checks["AWS endpoints"]["status"] == "ok"
    for name in ("AWS account", "image registry"):
        assert checks[name]["found"].startswith("no usable AWS credentials for staging")
        assert "AWS_PROFILE" in checks[name]["action"]
    assert not {"ports", "memory", "system"} & set(checks)


def test_doctor_sends_no_call_where_a_variable_redirects_it() -> None:
    told = run("doctor", "staging", "--json", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    for name in ("AWS endpoints", "AWS account", "image registry"):
        assert checks[name]["found"].startswith("AWS_ENDPOINT_URL is set, and staging is on AWS")
        assert checks[name]["action"] == "unset AWS_ENDPOINT_URL"


def test_doctor_and_up_want_the_same_terraform() -> None:
    assert machine_checks.OLDEST_TERRAFORM == preflight.OLDEST_TERRAFORM


def test_stop_is_for_the_local_environment() -> None:
    told = run("stop", "production")
    assert told.returncode == 64
    assert "python3 orchestrate.py down production" in told.stderr


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
    assert told.stdout == "["
    assert "Traceback" not in told.stderr


def test_doctor_tells_everything_and_touches_nothing() -> None:
    before = sorted(item.name for item in paths.ROOT.iterdir())
    told = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    assert told.returncode in (0, 5)
    assert all(check["status"] in ("ok", "warning", "missing") for check in checks.values())
    assert all(check["action"] for check in checks.values() if check["status"] == "missing")
    assert sorted(item.name for item in paths.ROOT.iterdir()) == before


def test_doctor_needs_no_virtual_environment_and_makes_none(bare: Path) -> None:
    told = run_bare(bare, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    assert checks[".venv"]["status"] == "warning"
    assert "first other command" in checks[".venv"]["action"]
    assert {"terraform", "container engine", "ports"} <= set(checks)
    assert sorted(item.name for item in bare.parent.iterdir()) == ["bare"]
    assert not {".venv", ".storyizer"} & {item.name for item in bare.iterdir()}
    aws = {check["name"]: check for check in json.loads(run_bare(bare, "doctor", "staging", "--json").stdout)}
    assert aws["AWS account"]["found"] == "not looked at: .venv is not made yet"


def test_a_cache_that_cannot_be_used_is_one_message(bare: Path) -> None:
    file = bare / "file"
    file.touch()
    told = run_bare(bare, "status", XDG_CACHE_HOME=str(file))
    assert told.returncode == 5
    assert told.stderr.startswith(f"error: cannot prepare .venv: Not a directory: {file}/storyizer")
    assert "XDG_CACHE_HOME" in told.stderr.splitlines()[1]


def test_every_recipe_of_the_justfile_is_a_verb_and_every_verb_has_one() -> None:
    text = (paths.ROOT / "Justfile").read_text()
    for verb in usage.VERBS:
        assert f'\n[no-exit-message]\n{verb} *ARGS:\n    @python3 orchestrate.py {verb} "$@"\n' in text
    assert text.count("*ARGS:") == len(usage.VERBS)


def test_just_lists_the_verbs_and_runs_them() -> None:
    just = Path(sys.executable).with_name("just")
    listed = subprocess.run([just], text=True, capture_output=True, cwd=paths.ROOT, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [
        "up", "plan", "apply", "rollback", "promote", "review", "ci", "status", "releases", "logs", "diff", "images",
        "exec", "run", "scale", "stop", "anywhere", "freeze", "unfreeze", "down", "doctor", "check", "lock",
        "import", "test",
    ]  # fmt: skip
    same = [str(just), "stop", "staging"], [sys.executable, "orchestrate.py", "stop", "staging"]
    told = [subprocess.run(call, text=True, capture_output=True, cwd=paths.ROOT, check=False) for call in same]
    assert told[1].stderr.startswith("error: staging is on AWS")
    assert told[0].stderr == told[1].stderr
    assert [call.returncode for call in told] == [64, 64]


@pytest.mark.parametrize("verb", usage.VERBS)
def test_just_says_nothing_of_its_own_and_hands_on_every_word(verb: str) -> None:
    words = ["--frob", "two words", "$HOME", "`id`", "'"]
    just = Path(sys.executable).with_name("just")
    same = [str(just), verb, *words], [sys.executable, "orchestrate.py", verb, *words]
    told = [subprocess.run(call, text=True, capture_output=True, cwd=paths.ROOT, check=False) for call in same]
    assert told[0].stderr == told[1].stderr
    assert [call.returncode for call in told] == [64, 64]


def test_the_tests_requirements_hold_exactly_what_runs() -> None:
    def pins(name: str) -> set[str]:
        lines = (paths.ROOT / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("requirements.txt") <= pins("requirements-test.txt")


def test_a_virtual_environment_is_made_once_and_again_when_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_virtual_environment_whose_python_is_gone_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    folder = tmp_path / "venv"
    toolenv.prepare(folder, lock, say=lambda text: None)
    for python in folder.glob("bin/python*"):
        python.unlink()
        python.symlink_to(tmp_path / "removed")
    assert not toolenv.is_ready(folder, lock)
    toolenv.prepare(folder, lock, say=lambda text: None)
    assert (folder / "bin" / "python").exists()


def test_a_folder_that_cannot_be_written_is_not_mended_by_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    with pytest.raises(toolenv.ToolEnvError, match="Not a directory") as caught:
        toolenv.prepare(lock / "venv", lock, say=lambda text: None)
    assert "permissions" in caught.value.next_step
    assert "apt-get" not in caught.value.next_step


def test_a_python_without_ensurepip_is_told_which_package_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(toolenv, "has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(sys, "executable", "/usr/bin/false")
    lock = tmp_path / "requirements.txt"
    lock.write_text("")
    with pytest.raises(toolenv.ToolEnvError, match="no ensurepip") as caught:
        toolenv.prepare(tmp_path / "venv", lock, say=lambda text: None)
    assert caught.value.next_step == f"sudo apt-get install {toolenv.VENV_PACKAGE}"


def test_a_package_that_does_not_match_its_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    folder = tmp_path / "venv"
    with pytest.raises(toolenv.ToolEnvError, match=r"cannot install requirements\.txt"):
        toolenv.prepare(folder, lock, say=lambda text: None)
    assert not toolenv.is_ready(folder, lock)
