"""What all tests share: where CI is, a skipped test has failed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

from orchestrator.console import Console
from orchestrator.emulator import emulator
from orchestrator.machine import apt, engine, toolenv
from tests import left_running
from tests.as_it_happens import AsItHappens

# Of programs that tests share, on a machine that has other things to do.
START_SECONDS = 120
END_SECONDS = 60
# In the place of pyproject.toml's: one of them sends 20,000 requests, fifteen a second.
LONG_TIMEOUT_SECONDS = 7200
# Where CI is set, even to nothing, Hypothesis draws the same examples each time, and a profile that is registered later
# inherits that. By this one (`--hypothesis-profile=new-examples`) it draws new ones.
settings.register_profile("new-examples", derandomize=False, deadline=None, print_blob=True)
# A busy machine is no fault of what is tested.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")
# What a test needs besides Python, and whether it is slow, follows from its folder and from the fixtures that it uses,
# directly or through others. A test to which that does not apply is marked in its file.
MARKED_FOLDERS = {"browser": "browser", "system": "system", "terraform": "terraform"}
MARKED_FIXTURES = {
    "start_service": ("slow",),
    "container_engine": ("engine", "network"),
    "browser": ("browser", "network"),
    "chromium_program": ("browser", "network"),
    "emulated_aws": ("network",),
    "strict_aws": ("network",),
    "storage_aws": ("network",),
    "moto": ("network",),
    "program": ("network",),
    "terraform": ("terraform",),
    "terraform_program": ("terraform",),
    "terraform_env": ("terraform",),
    "checkov": ("network",),
    "zizmor": ("network",),
    "actionlint": ("network",),
}
# Minutes each. Where several processes share the tests they begin with these and the others of tests/system, so that
# none of them is last, and each process needs its system once and not again.
LONGEST = (
    "faults", "test_life.py", "test_kills.py", "test_bad_versions.py", "test_up.py", "test_failed_up.py",
    "test_good_versions.py", "test_examples.py", "test_newcomer.py", "test_promote.py", "test_steps.py",
    "test_rollback.py", "test_freeze.py", "test_operate.py", "test_stage.py",
)  # fmt: skip
# Folders and files whose tests take a minute or more each: before all others, so that no process goes on with one of
# them when there is nothing left for the rest.
LONG = ("system", "test_terraform_resources.py", "terraform", "browser")
# What these folders have made is shared by their files: the tests of one stay in one process.
TOGETHER = ("tests/system/aws_names/faults",)
# Some programs are in a folder that is not on everybody's PATH.
PROGRAM_FOLDERS = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: soak, fault and stateful tests at their full length instead of a short one. `--screens`: what the
    documentation shows is made anew."""
    parser.addoption("--long", action="store_true", help="soak, fault and stateful tests at their full length")
    parser.addoption(
        "--screens", type=Path, default=None, metavar="FOLDER", help="write pictures and screens into FOLDER"
    )


def pytest_configure(config: pytest.Config) -> None:
    """CI shows what fails at once; Ctrl-C, which a shell has what it starts in the background ignore, ends tests."""
    if config.getoption("--long") and config.option.timeout is None:
        config.option.timeout = LONG_TIMEOUT_SECONDS
    if AsItHappens.wanted():
        config.pluginmanager.register(AsItHappens(), "as-it-happens")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes shared the tests, and they have ended: remove all that they have left."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if getattr(session.config.option, "numprocesses", None) and factory is not None:
        for clone in left_running.clones(factory.getbasetemp()):
            left_running.take_down(clone, Console().say)
        left_running.end(factory.getbasetemp(), Console().say)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test with what it needs beside Python, so that `-m` can leave it out; order them for xdist.

    Those that are marked `long` are left out without `--long`.
    """
    here = Path(__file__).parent
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        folder = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        marks = {MARKED_FOLDERS[folder]} if folder in MARKED_FOLDERS else set()
        marks |= {mark for name in getattr(item, "fixturenames", ()) for mark in MARKED_FIXTURES.get(name, ())}
        for mark in sorted(marks):
            item.add_marker(mark)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_turn)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """The tests of a file stay in one process, as `--dist loadfile` says, and those of such a folder as well."""
    return ByFileOrFolder(config, log) if config.getoption("dist") == "loadfile" else None


class ByFileOrFolder(LoadFileScheduling):  # type: ignore[misc]
    """What xdist calls a scope: a file, or one of the folders."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def _turn(item: pytest.Item) -> int:
    here = Path(__file__).parent
    parts = item.path.relative_to(here).parts if item.path.is_relative_to(here) else ()
    if "system" in parts[:1] and (found := set(LONGEST) & set(parts)):
        return LONGEST.index(found.pop())
    return len(LONGEST) + next((place for place, name in enumerate(LONG) if name in parts), len(LONG))


@pytest.fixture(scope="session")
def long_run(pytestconfig: pytest.Config) -> bool:
    """Whether tests that come in two lengths shall run at their full one."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """The path of a program, installed from its Debian package if the machine lacks it.

    `program("haproxy")`, or `program("chromium", "chromium", "fonts-noto-cjk")` with its packages named.
    """

    def find(name: str, *packages: str) -> str:
        found = shutil.which(name, path=PROGRAM_FOLDERS)
        if found is None:
            apt.install(packages or (name,), Console().say, "a test needs it")
            found = shutil.which(name, path=PROGRAM_FOLDERS)
        assert found, f"{name} is not in the package that was installed"
        return found

    return find


@pytest.fixture(scope="session")
def terraform_program() -> Path:
    """Terraform, for tests that start it themselves."""
    found = shutil.which("terraform", path=PROGRAM_FOLDERS)
    assert found, "terraform is not installed"
    return Path(found)


@pytest.fixture(scope="session")
def container_engine() -> Iterator[None]:
    """An engine that answers, installed and started if need be; ended with the tests if they started it."""
    engine.ensure(Console())
    yield
    engine.stop_if_ours(Console())


@pytest.fixture(scope="session")
def emulated_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator that keeps nothing, with S3, ECR, STS, DynamoDB, SQS, CloudWatch Logs, SSM and more.

    An access key of twelve digits is the number of the account that the caller is in.
    """
    services = "s3,ecr,sts,dynamodb,sqs,logs,ssm,secretsmanager,kms,iam"
    with _emulator(tmp_path_factory.mktemp("emulator"), SERVICES=services) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def strict_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one that keeps to IAM's policies, with IAM, STS and DynamoDB in it."""
    with _emulator(tmp_path_factory.mktemp("emulator"), SERVICES="iam,sts,dynamodb", AUTH="true") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def storage_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one for what services keep and for jobs: tables, buckets, queues, schedules and state machines."""
    services = "dynamodb,s3,sqs,kms,iam,sts,scheduler,states,ecs"
    with _emulator(tmp_path_factory.mktemp("emulator"), SERVICES=services) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another emulator, which holds Auto Scaling groups, AMI parameters and instance types."""
    program = toolenv.ensure("moto", Path(__file__).parent / "terraform" / "moto-requirements.txt") / "moto_server"
    log = tmp_path_factory.mktemp("moto") / "log"
    with _held_port() as port, log.open("wb") as file:
        process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=file, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=END_SECONDS)


@contextlib.contextmanager
def _held_port() -> Iterator[int]:
    """A port that nobody else is given while inside: it is bound, and only who may use an address once more, as
    servers do, can listen at it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def _emulator(folder: Path, **variables: str) -> Iterator[str]:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING",
        # It has no business with the machine's containers.
        "DOCKER_HOST": f"unix://{folder}/none.sock", "STATE_DIR": str(folder / "state"),
        **variables,
    }  # fmt: skip
    python = str(emulator.ensure_installed())
    with _held_port() as port, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "ministack"], cwd=folder, env=environment | {"GATEWAY_PORT": str(port)}, stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=END_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            direct.open(f"http://127.0.0.1:{port}/", timeout=1)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip hides a gap: everything that a test needs, it installs."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, and in CI a skip is a failure: {reason}"
    return report
