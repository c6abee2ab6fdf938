"""What the shell holds for other tools changes nothing here: who gets which of its variables."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.images import checkout
from orchestrator.machine import toolenv
from orchestrator.system import childenv, mark, paths, process
from orchestrator.system.childenv import Child

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# What each child gets, so many of the kind as have a meaning of their own, and what it must not get.
GETS = {
    Child.TERRAFORM: (*PROXIES, *CERTIFICATES, "HOME", "TF_CLI_CONFIG_FILE", "TF_TOKEN_app_terraform_io", "TF_LOG"),
    Child.TERRAFORM_ON_AWS: (
        *PROXIES, *CERTIFICATES, "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_USE_FIPS_ENDPOINT",
        "VAULT_ADDR", "TF_PLUGIN_CACHE_DIR",
    ),
    Child.DOCKER: (
        *PROXIES, *CERTIFICATES, "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY",
        "DOCKER_CERT_PATH", "SSH_AUTH_SOCK",
    ),
    Child.ENGINE: (*PROXIES, *CERTIFICATES),
    Child.GIT: ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0"),
    Child.PACKAGES: (*PROXIES, "APT_CONFIG"),
    Child.PIP: (
        *PROXIES, *CERTIFICATES, "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE",
        "LD_LIBRARY_PATH",
    ),
    Child.EMULATOR: ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    Child.HOOK: ("AWS_PROFILE", "HTTPS_PROXY", "CI"),
    Child.TESTS: ("AWS_PROFILE", "PYTEST_ADDOPTS", "CI"),
    Child.OTHER: ("HOME",),
}  # fmt: skip
FOREIGN = (
    "TF_VAR_images", "TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_DATA_DIR", "TF_REATTACH_PROVIDERS",
    "TF_INPUT", "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_S3", "AWS_USE_FIPS_ENDPOINT", "AWS_MAX_ATTEMPTS",
    "BOTO_CONFIG", "DOCKER_BUILDKIT", "BUILDKIT_PROGRESS", "DOCKER_DEFAULT_PLATFORM", "DOCKER_CONTENT_TRUST",
    "BUILDX_BUILDER", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_PARAMETERS",
    "GIT_TRACE", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "VIRTUAL_ENV", "PIP_TARGET",
    "PIP_USER", "PIP_PREFIX", "PIP_NO_DEPS", "PIP_REQUIRE_VIRTUALENV", "PIP_CONSTRAINT", "LD_PRELOAD", "BASH_ENV",
    "ENV", "IFS", "BASH_FUNC_docker%%", "LC_MESSAGES", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "TEMP", "TMP",
    "SERVICES", "DOCKER_HOST", "PERL5LIB", "SOURCE_DATE_EPOCH",
)  # fmt: skip


@pytest.mark.parametrize("child", Child)
def test_a_child_gets_its_own_variables_and_no_others(child: Child) -> None:
    names = {*GETS[child], *FOREIGN, *(name for kept in GETS.values() for name in kept)}
    shell = dict.fromkeys(names, "x") | {"TMPDIR": "/var/tmp"}
    got = childenv.passed(child, shell)
    assert set(GETS[child]) <= set(got)
    if not any("*" in row.names for row in childenv.PASSED if child in row.children):
        told = {name for row in childenv.PASSED if child in row.children for name in row.names}
        settled = {"PATH", "TMPDIR", "LC_ALL", "PYTHONSAFEPATH"}
        assert {name for name in got if not childenv._matches(name, told)} <= settled
        assert not (set(FOREIGN) - set(GETS[child])) & set(got)


def test_where_everything_is_passed_terraform_s_and_python_s_own_switches_are_not() -> None:
    shell = dict.fromkeys(FOREIGN, "x")
    assert not [name for name in childenv.passed(Child.TERRAFORM_ON_AWS, shell) if name.startswith("TF_")]
    assert not [name for name in childenv.passed(Child.TESTS, shell) if name.startswith(("PYTHON", "GIT_DIR"))]


def test_every_row_says_why() -> None:
    assert all(row.why and row.names and row.children for row in childenv.PASSED)


def test_every_start_of_a_process_says_what_the_child_gets() -> None:
    """`process.run` knows it by itself; whoever starts a process otherwise names its variables."""
    starts = {"Popen", "run", "call", "check_call", "check_output", "getoutput", "system", "popen", "posix_spawn"}
    found = 0
    for file in [paths.ROOT / "orchestrate.py", *sorted((paths.ROOT / "orchestrator").rglob("*.py"))]:
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if owner == "subprocess" and node.func.attr in starts:
                found += 1
                assert "env" in {word.arg for word in node.keywords}, f"{file}:{node.lineno}"
            if owner == "os":
                assert node.func.attr not in starts, f"{file}:{node.lineno}"
                # What it becomes is itself, isolated from what its variables say.
                allowed = {"execve"} | ({"execv"} if file.name == "orchestrate.py" else set())
                assert not node.func.attr.startswith("exec") or node.func.attr in allowed, f"{file}:{node.lineno}"
    assert found >= 5


@pytest.mark.parametrize("program", ["terraform", "docker", "git", "apt-get", "dpkg-deb", "python3.11"])
def test_a_program_that_is_run_sees_its_row_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    (tmp_path / program).write_text("#!/bin/sh\n/usr/bin/env -0\n")
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in FOREIGN:
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    told = process.run([program]).stdout.split("\0")
    seen = dict(item.split("=", 1) for item in told if item)
    expected = childenv.of_program(program)
    assert {name: seen.get(name) for name in expected} == expected
    assert set(seen) - set(expected) <= {"PWD", "OLDPWD", "SHLVL", "_", mark.VARIABLE}
    assert seen["PATH"].startswith(f"{tmp_path}:") and "/usr/sbin" in seen["PATH"].split(":")


def test_a_relative_temporary_folder_is_the_same_for_a_child_that_runs_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", "mine")
    assert process.run(["sh", "-c", "echo $TMPDIR"], cwd=Path("/")).stdout == f"{tmp_path}/mine\n"


def test_what_is_ignored_and_could_surprise_is_known_by_name() -> None:
    shell = {"TF_VAR_a": "1", "TF_VAR_token": "s", "GIT_DIR": "", "LD_PRELOAD": "x.so", "AWS_PROFILE": "p", "TZ": "UTC"}
    assert childenv.ignored(shell, {"TF_VAR_token"}) == ["LD_PRELOAD", "TF_VAR_a"]


def test_an_empty_value_is_no_variable() -> None:
    assert "TF_LOG" not in childenv.of(Child.TERRAFORM, TF_LOG="")
    assert childenv.of(Child.TERRAFORM, NEW="1")["NEW"] == "1"


BROKEN = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "AWS_PROFILE": "nowhere",
    "AWS_DEFAULT_PROFILE": "nowhere",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_MAX_ATTEMPTS": "nonsense",
    "AWS_RETRY_MODE": "nonsense",
    "AWS_DEFAULTS_MODE": "nonsense",
    "AWS_STS_REGIONAL_ENDPOINTS": "nonsense",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "nonsense",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense",
    "AWS_ROLE_ARN": "arn:aws:iam::1:role/nobody",
    "AWS_CONFIG_FILE": "{garbage}",
    "AWS_SHARED_CREDENTIALS_FILE": "{garbage}",
    "BOTO_CONFIG": "{garbage}",
    "HOME": "{home}",
}


@pytest.mark.parametrize("name", [*BROKEN, "all of them"])
def test_the_emulated_aws_is_called_whatever_is_set_for_the_real_one(
    emulated: Callable[..., Aws], tmp_path: Path, name: str
) -> None:
    aws = emulated()
    garbage = tmp_path / "garbage"
    garbage.write_text("no section\n")
    (tmp_path / "home" / ".aws").mkdir(parents=True)
    (tmp_path / "home" / ".aws" / "config").write_text("no section\n")
    chosen = BROKEN if name == "all of them" else {name: BROKEN[name]}
    hostile = {key: value.format(garbage=garbage, home=tmp_path / "home") for key, value in chosen.items()}
    script = f"""
from pathlib import Path
from orchestrator.system import childenv
from orchestrator.aws.session import Aws
from orchestrator.project.environment import Environment
childenv.settle_on_the_emulated_aws()
environment = Environment("local", {aws.environment.account_id!r}, "us-east-1", "X86_64", Path("x"))
variables = {{"AWS_ACCESS_KEY_ID": {aws.environment.account_id!r}, "AWS_SECRET_ACCESS_KEY": "test"}}
aws = Aws(environment, {aws.endpoint!r}, variables)
buckets = aws.client("s3").list_buckets()["Buckets"]
print(aws.client("sts").get_caller_identity()["Account"], len(buckets), aws.partition)
"""
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(paths.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], env={**plain, **hostile}, text=True, capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{aws.environment.account_id} 0 aws\n", "")


def test_the_commit_is_the_checkout_s_though_git_is_pointed_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = checkout.head().short
    who = ("-c", "user.name=x", "-c", "user.email=x@y")
    for words in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-mx"]):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert expected
    assert checkout.head().short == expected


@pytest.mark.slow
def test_packages_come_from_where_the_person_says_and_go_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wheel = tmp_path / "wheels" / "tiny_thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        about = "tiny_thing-1.0.dist-info"
        archive.writestr("tiny_thing.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", f"tiny_thing.py,,\n{about}/RECORD,,\n")
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"tiny-thing==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "logging.py").write_text("raise SystemExit('a foreign module')\n")
    monkeypatch.chdir(tmp_path / "foreign")
    settings = {
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent), "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_USER": "1", "PIP_PREFIX": str(tmp_path / "prefix"), "PIP_DRY_RUN": "1", "PIP_REQUIRE_VIRTUALENV": "1",
        "PYTHONPATH": str(tmp_path / "foreign"), "PYTHONWARNINGS": "error", "VIRTUAL_ENV": "/nowhere",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "venv"
    toolenv.prepare(folder, lock, say=lambda text: None)
    assert list(folder.glob("lib/python3*/site-packages/tiny_thing.py"))
    assert not (tmp_path / "elsewhere").exists() and not (tmp_path / "prefix").exists()
