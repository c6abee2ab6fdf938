"""An image is run once as Amazon ECS runs it: what that proves stops a deploy, what may have other causes does not."""

from __future__ import annotations

import dataclasses
import io
import secrets
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images.trial import container, trial, verdict
from orchestrator.images.trial.container import Outcome
from orchestrator.images.trial.verdict import Image, Relaxed, Tried
from orchestrator.machine import base_image
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Volume
from orchestrator.system import paths

SERVE = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
USER = "10001:10001"


@pytest.fixture(scope="module")
def base(container_engine: None) -> str:
    """An image with a Python and a shell."""
    console = Console(live=False)
    return base_image.choose(console, Stage("base image", _console=console)).reference


@pytest.fixture(scope="module")
def tried(base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[str]]]:
    """Tries an image: what is to be warned of. `code` is what its Python runs."""
    folder = tmp_path_factory.mktemp("services")
    (folder / "shop").mkdir()
    (folder / "shop" / "Dockerfile").touch()
    environment = Environment("local", "000000000000", "us-east-1", "X86_64", folder / "local.tfvars")
    said: list[str] = []
    console = Console(live=False)
    aws = Aws(environment, "http://127.0.0.1:9", {})

    with pytest.MonkeyPatch.context() as patch, trial.trials(aws, "linux/amd64", console, None) as trials:
        patch.setattr(console, "say", said.append)
        # On a busy machine a container that ends at once may take longer to start than a person is to wait for.
        patch.setattr(trial, "SECONDS", 30.0)

        def run(code: str = SERVE, image: str = base, **changes: object) -> list[str]:
            said.clear()
            plain = Service("shop", folder / "shop", ("/shop",), command=("python3", "-c", code))
            trials.check(dataclasses.replace(plain, **changes), image)  # type: ignore[arg-type]
            return [line for line in said if line.startswith("warning")]

        yield run
    # What others in this checkout try meanwhile is theirs.
    own = ["--quiet", "--filter", f"label={container.labels()[-1]}"]
    for listing in (["ps", "--all"], ["network", "ls"]):
        left = subprocess.run(["docker", *listing, *own], capture_output=True, text=True, check=True).stdout
        assert left == "", listing


def test_what_a_killed_run_left_goes_and_what_another_run_tries_stays(base: str) -> None:
    made = {}
    for whose, code in (("another", "import time; time.sleep(60)"), ("killed", "")):
        wait = "import subprocess, sys; from orchestrator.images.trial import container\n"
        make = "subprocess.run(['docker', 'network', 'create', *container.labels(), sys.argv[1]], check=True)\n"
        name = f"storyizer-trial-{paths.work_id()}-{whose}"
        made[whose] = name, subprocess.Popen(
            [sys.executable, "-c", f"{wait}{make}print('made', flush=True)\n{code}", name],
            cwd=paths.ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        out = made[whose][1].stdout
        assert out is not None
        while out.readline().strip() != "made":
            pass
    made["killed"][1].wait()
    try:
        console = Console(live=False)
        environment = Environment("local", "000000000000", "us-east-1", "X86_64", paths.ROOT / "local.tfvars")
        with trial.trials(Aws(environment, "http://127.0.0.1:9", {}), "linux/amd64", console, None) as trials:
            trials.check(Service("shop", paths.ROOT, ("/shop",), command=("python3", "-c", SERVE)), base)
        listed = subprocess.run(["docker", "network", "ls"], capture_output=True, text=True, check=True).stdout
        assert (made["another"][0] in listed, made["killed"][0] in listed) == (True, False)
    finally:
        made["another"][1].kill()
        made["another"][1].wait()
        for name, _ in made.values():
            subprocess.run(["docker", "network", "rm", name], capture_output=True, check=False)


@pytest.fixture
def image(base: str) -> Iterator[Callable[..., str]]:
    """Makes an image with these lines and these files in its Dockerfile."""
    name = f"storyizer-test/trial:{secrets.token_hex(6)}"

    def make(*lines: str) -> str:
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as tar:
            text = "\n".join([f"FROM {base}", *lines]).encode()
            member = tarfile.TarInfo("Dockerfile")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        subprocess.run(
            ["docker", "build", "--quiet", "--force-rm", "--network", "none", "--tag", name, "-"],
            input=file.getvalue(), capture_output=True, check=True,
        )  # fmt: skip
        return name

    yield make
    subprocess.run(["docker", "image", "rm", "--force", name], capture_output=True, check=False)


def failed(tried: Callable[..., list[str]], **arguments: object) -> Failure:
    with pytest.raises(Failure) as caught:
        tried(**arguments)
    return caught.value


def test_an_image_that_keeps_to_the_restrictions_passes(tried: Callable[..., list[str]]) -> None:
    assert tried() == []


def test_it_runs_as_ecs_runs_it(tried: Callable[..., list[str]]) -> None:
    checks = (
        "import os; assert (os.getuid(), os.getgid()) == (10001, 10001)\n"
        "assert 'CapEff:\\t0000000000000000' in open('/proc/self/status').read()\n"
        "assert os.environ['SERVICE_NAME'] == 'shop' and os.environ['BASE_PATH'] == '/shop'\n"
        "assert os.environ['COLOUR'] == 'red'\n"
        "import socket\n"
        "try: socket.create_connection(('192.0.2.1', 80), 1)\n"
        "except OSError: pass\n"
        "else: raise SystemExit(3)\n"
    )
    assert tried(code=checks + SERVE, environment={"COLOUR": "red"}) == []


WRITES = "open('/var/pages/page', 'w')\n"


def test_one_that_writes_to_its_root_file_system_is_stopped_with_the_folder(
    tried: Callable[..., list[str]], image: Callable[..., str]
) -> None:
    made = image("RUN mkdir /var/pages && chmod 777 /var/pages")
    failure = failed(tried, code=WRITES + SERVE, image=made)
    assert "writes to its root file system, which is read-only on ECS" in failure.message
    assert "with a writable root file system it answers /healthz with 200" in failure.reason
    assert any("Read-only file system: '/var/pages/page'" in line for line in failure.details)
    assert "volumes:\n  pages: {path: /var/pages}\n" in failure.next_step
    assert failure.next_step.endswith("VOLUME /var/pages")
    (warning,) = tried(code=WRITES + SERVE, image=made, volumes={"pages": Volume(path="/var/pages")})
    assert "declares no VOLUME /var/pages" in warning
    made = image("RUN mkdir /var/pages && chown 10001:10001 /var/pages", "VOLUME /var/pages")
    assert tried(code=WRITES + SERVE, image=made, volumes={"pages": Volume(path="/var/pages")}) == []


def test_a_volume_that_belongs_to_root_is_stopped_with_the_lines_of_the_dockerfile(
    tried: Callable[..., list[str]],
) -> None:
    failure = failed(tried, code=WRITES + SERVE, volumes={"pages": Volume(path="/var/pages")})
    assert failure.message == f"the image of shop may not write to a volume of its own as user {USER}"
    assert failure.next_step.endswith(f"RUN mkdir -p /var/pages && chown {USER} /var/pages\nVOLUME /var/pages")


def test_one_that_must_be_root_is_stopped(tried: Callable[..., list[str]]) -> None:
    failure = failed(tried, code="import os; os.listdir('/root')\n" + SERVE)
    assert failure.message == "the image of shop must be root"
    assert "as root, with the engine's usual capabilities it answers /healthz with 200" in failure.reason
    assert any("Permission denied: '/root'" in line for line in failure.details)
    assert "`user:`" in failure.next_step


def test_one_that_needs_its_own_user_is_stopped_with_the_key(
    tried: Callable[..., list[str]], image: Callable[..., str]
) -> None:
    made = image("RUN echo 1 > /srv/key && chmod 600 /srv/key && chown 1000:1000 /srv/key", "USER 1000:1000")
    code = "open('/srv/key')\n" + SERVE
    failure = failed(tried, code=code, image=made)
    assert failure.message == f"the image of shop does not run as user {USER}"
    assert 'set `user: "1000:1000"`' in failure.next_step
    assert tried(code=code, image=made, user="1000:1000") == []


def test_a_user_and_a_command_that_are_not_there_are_stopped(tried: Callable[..., list[str]]) -> None:
    failure = failed(tried, user="shopkeeper")
    assert failure.message == "the image of shop has no user shopkeeper"
    failure = failed(tried, command=("shop-server", "--port", "8000"))
    assert "does not have the command that it is to run" in failure.message
    assert any("shop-server" in line for line in failure.details)


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(1)",
        "import not_there",
        "print('connect to backend: Permission denied', flush=True); raise SystemExit(1)",
        "print('cache: Read-only file system', flush=True)\nimport os; os.environ['NOT_THERE']",
        "import os, time\nprint('Permission denied', flush=True)\nos._exit(5)",
    ],
)
def test_one_that_ends_for_another_reason_is_left_to_the_rollout(tried: Callable[..., list[str]], code: str) -> None:
    (warning,) = tried(code=code)
    assert "exited with" in warning


def test_an_answer_after_its_end_is_another_containers(
    tried: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images are tried side by side, and an address that is free again goes to the next container."""

    def late(*_: object) -> int:
        own = ["docker", "ps", "--quiet", "--filter", f"label={container.labels()[-1]}"]
        while subprocess.run(own, capture_output=True, check=True).stdout:
            time.sleep(0.1)
        return 200

    monkeypatch.setattr(container, "_ask", late)
    (warning,) = tried(code="import time; time.sleep(1); raise SystemExit(7)")
    assert "exited with 7" in warning


def test_one_that_does_not_answer_is_left_to_the_rollout(
    tried: Callable[..., list[str]], image: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SECONDS", 3.0)
    assert tried(code="import time; time.sleep(60)") == []
    assert tried(code=SERVE, health="/nope") == []
    (warning,) = tried(code="import time; time.sleep(60)", image=image("EXPOSE 3000", "EXPOSE 53/udp"))
    assert warning == "warning: the image of shop EXPOSEs 3000, its service.yaml has port 8000"


TRIED = Tried("shop", USER, Image("node"), 8000, "/healthz")
READ_ONLY = Outcome(exit_code=1, output=("mkdir: cannot create directory '/run/shop/x': Read-only file system",))
DENIED = Outcome(exit_code=1, output=("Error: EACCES: permission denied, open '/srv/key.pem'",))
CRASH = Outcome(exit_code=1, output=("Error: ECONNREFUSED",))
ANSWERS, RUNS = Outcome(status=200), Outcome()


@pytest.mark.parametrize(
    ("outcome", "hows"),
    [
        (ANSWERS, []),
        (CRASH, []),
        (RUNS, []),
        (READ_ONLY, [Relaxed.WRITABLE, Relaxed.ROOT_AND_WRITABLE]),
        (DENIED, [Relaxed.OWN_USER, Relaxed.ROOT, Relaxed.ROOT_AND_WRITABLE]),
        (dataclasses.replace(READ_ONLY, status=200), []),
        (Outcome(error="exec: \"x\": executable file not found in $PATH"), []),
        (Outcome(error="exec: \"/x\": permission denied"), [Relaxed.OWN_USER, Relaxed.ROOT, Relaxed.ROOT_AND_WRITABLE]),
        (Outcome(error="exec format error"), []),
    ],
)  # fmt: skip
def test_what_is_tried_next_follows_from_what_was_said(outcome: Outcome, hows: list[Relaxed]) -> None:
    assert verdict.suspicions(TRIED, outcome) == hows


@pytest.mark.parametrize(
    ("outcome", "relaxed", "said"),
    [
        (READ_ONLY, {Relaxed.WRITABLE: ANSWERS}, "writes to its root file system"),
        (READ_ONLY, {Relaxed.WRITABLE: RUNS}, None),
        (READ_ONLY, {Relaxed.WRITABLE: CRASH}, None),
        (READ_ONLY, {Relaxed.WRITABLE: READ_ONLY, Relaxed.ROOT_AND_WRITABLE: READ_ONLY}, None),
        (READ_ONLY, {Relaxed.WRITABLE: DENIED, Relaxed.ROOT_AND_WRITABLE: ANSWERS}, "must be root and writes"),
        (DENIED, {Relaxed.OWN_USER: ANSWERS, Relaxed.ROOT: ANSWERS}, f"does not run as user {USER}"),
        (DENIED, {Relaxed.OWN_USER: DENIED, Relaxed.ROOT: ANSWERS}, "must be root"),
        (DENIED, {Relaxed.OWN_USER: DENIED, Relaxed.ROOT: DENIED, Relaxed.ROOT_AND_WRITABLE: DENIED}, None),
        (RUNS, {Relaxed.WRITABLE: RUNS}, None),
        (CRASH, {}, None),
    ],
)
def test_what_is_proven(outcome: Outcome, relaxed: Mapping[Relaxed, Outcome], said: str | None) -> None:
    failure = verdict.failure(TRIED, outcome, relaxed)
    assert (failure is None) == (said is None)
    assert said is None or (failure is not None and said in failure.message and failure.next_step)


@pytest.mark.parametrize("how", [Relaxed.WRITABLE, Relaxed.ROOT_AND_WRITABLE])
def test_of_a_service_without_a_dockerfile_a_volume_is_all_that_it_needs(how: Relaxed) -> None:
    failure = verdict.failure(dataclasses.replace(TRIED, shares_dockerfile=True), READ_ONLY, {how: ANSWERS})
    assert failure is not None and "writes to its root file system" in failure.message
    assert failure.next_step.splitlines()[1:] == ["volumes:", "  shop: {path: /run/shop}"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("mkdir: cannot create directory '/run/shop/x': Read-only file system", ["/run/shop"]),
        ("mkdir: cannot create directory '/data': Read-only file system", ["/data"]),
        ("OSError: [Errno 30] Read-only file system: '/srv/started'", []),
        ('nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
         ["/var/cache/nginx"]),
        ("OSError: [Errno 30] Read-only file system: '/tmp/a.sock'", ["/tmp"]),
        ("Error: EROFS: read-only file system, open '/app/data/db.sqlite'", ["/app/data"]),
        ("/app/server.js:3 something else", []),
        ("open /proc/sys/x: Read-only file system", []),
    ],
)  # fmt: skip
def test_the_folder_is_read_from_the_line(line: str, found: list[str]) -> None:
    assert verdict.folders([line]) == found


@pytest.mark.parametrize(
    ("freer", "is_proven"),
    [
        (Outcome(exit_code=0, seconds=1), True),
        (Outcome(exit_code=1, seconds=1), False),
        (Outcome(seconds=2.1), True),
        (Outcome(seconds=1.9), False),
        (dataclasses.replace(READ_ONLY, exit_code=None, seconds=9), False),
    ],
)
def test_what_answers_nobody_goes_on_if_it_ends_well_or_runs_much_longer(freer: Outcome, is_proven: bool) -> None:
    worker = dataclasses.replace(TRIED, port=None)
    ended = dataclasses.replace(READ_ONLY, seconds=1)
    assert (verdict.failure(worker, ended, {Relaxed.WRITABLE: freer}) is not None) == is_proven


def test_a_job_that_ends_well_is_fine() -> None:
    job = dataclasses.replace(TRIED, port=None)
    assert job.is_fine(Outcome(exit_code=0))
    assert not job.is_fine(Outcome(exit_code=1))
    assert not TRIED.is_fine(Outcome(exit_code=0))


def test_what_is_not_of_this_engine_is_not_tried(tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment("local", "000000000000", "us-east-1", "ARM64", tmp_path / "local.tfvars")
    monkeypatch.setattr(container, "run", lambda *arguments: pytest.fail("it was run"))
    console = Console(live=False)
    service = Service("shop", tmp_path, ("/shop",))
    for host, platform in ((None, "linux/arm64"), ("tcp://192.0.2.1:2375", "linux/amd64")):
        with trial.trials(Aws(environment, "http://127.0.0.1:9", {}), platform, console, host) as trials:
            trials.check(service, base)
    assert [stage.result.partition(":")[0] for stage in console.stages] == ["skipped", "skipped"]
