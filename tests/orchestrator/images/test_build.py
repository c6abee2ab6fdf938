"""Builds on the real engine: what goes into an image, what a build that fails says, and that it leaves nothing."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images import build, build_failure, build_leftovers, content_hash
from orchestrator.machine import base_image
from orchestrator.project import manifest
from orchestrator.system import paths, process

pytestmark = pytest.mark.usefixtures("container_engine")

# On a busy machine; it goes on as soon as it can.
SECONDS = 300


@pytest.fixture(scope="module")
def base() -> str:
    """A base image that this machine has."""
    console = Console(live=False)
    return base_image.choose(console, Stage("base image", _console=console)).reference


@pytest.fixture
def services(tmp_path: Path, work: None) -> Path:
    """A service with a Dockerfile of its own, which needs no packages."""
    folder = tmp_path / "services"
    for name in ("own", "servicekit", "image"):
        (folder / name).mkdir(parents=True)
    (folder / "own" / "service.yaml").write_text("paths: [/own]\n")
    (folder / "own" / "random").write_text(secrets.token_hex())  # nobody has built this before
    return folder


@pytest.fixture
def built(services: Path, base: str) -> Iterator[Callable[..., str]]:
    """Builds the service with these lines in its Dockerfile."""
    reference = f"storyizer-test/own:{secrets.token_hex(6)}"

    def make(*lines: str, note: Callable[[str], None] = lambda line: None) -> str:
        (services / "own" / "Dockerfile").write_text("\n".join(lines) + "\n")
        content = content_hash.content(
            manifest.load(services)[0],
            base=base,
            platform="linux/amd64",
            tools=build.TOOLS,
            beside=content_hash.Beside(services),
        )
        build.build(content, reference, base_reference=base, platform="linux/amd64", labels={}, note=note)
        return reference

    yield make
    docker("image", "rm", "--force", reference)


def docker(*arguments: str) -> list[str]:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.split()


def files(reference: str) -> set[str]:
    (container,) = docker("create", reference, "-")
    try:
        exported = subprocess.run(["docker", "export", container], capture_output=True, check=True).stdout
    finally:
        docker("rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as tar:
        return {member.name for member in tar if not member.isdir() and member.name.startswith(("x/", ".npmrc"))}


def test_a_dockerfile_of_its_own_gets_what_the_ignore_file_lets_in(services: Path, built: Callable[..., str]) -> None:
    own = services / "own"
    (own / ".dockerignore").write_text("secrets.env\n**/*.key\n")
    for name in ("secrets.env", "deep/id.key", "deep/README.md", ".npmrc", "tests/test_x.py"):
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text("x")
    (own / "deep" / "link").symlink_to("README.md")
    expected = {"Dockerfile", "random", "deep/README.md", "deep/link", ".npmrc", "tests/test_x.py"}
    reference = built("FROM scratch", "COPY service/ /x/", "COPY service/.npmrc /")
    assert files(reference) == {f"x/{name}" for name in expected} | {".npmrc"}


@pytest.fixture
def leftovers() -> Iterator[Callable[[], tuple[set[str], set[str]]]]:
    """The images and containers that are there now and were not before, but for those of others at work."""

    def all_of_it() -> tuple[set[str], set[str]]:
        return set(docker("image", "ls", "--all", "--quiet", "--no-trunc")), set(docker("ps", "--all", "--quiet"))

    before = all_of_it()

    def new() -> tuple[set[str], set[str]]:
        images_now, containers_now = (now - then for now, then in zip(all_of_it(), before, strict=True))
        ours = {image for image in images_now if secret(image)}
        return ours, {container for container in containers_now if secret(container)}

    yield new


MARK = f"mark-{secrets.token_hex(8)}"


def secret(identity: str) -> bool:
    """Whether it has this module's mark in its settings: each step of a test's Dockerfile has."""
    return MARK in " ".join(docker("inspect", "--format", "{{json .}}", identity))


STEPS = (
    "ARG BASE_IMAGE",
    "FROM ${BASE_IMAGE} AS first",
    f"ENV MARK={MARK}",
    "COPY service/random /x",
    "RUN echo one > /one",
)


@pytest.mark.parametrize(
    "fails",
    [
        "RUN echo two && exit 3",
        "COPY service/not-there /",
        "RUN not-a-program",
        "COPY --from=first /not-there /",
    ],
)
def test_a_build_that_fails_leaves_no_image_and_no_container(
    built: Callable[..., str], leftovers: Callable[[], tuple[set[str], set[str]]], fails: str
) -> None:
    second = ("FROM ${BASE_IMAGE}", f"ENV MARK={MARK}", "COPY --from=first /one /one", fails)
    with pytest.raises(Failure, match="the image of own does not build") as caught:
        built(*STEPS, *second)
    assert caught.value.details
    assert leftovers() == (set(), set())


def test_what_another_image_is_made_of_stays(
    built: Callable[..., str], services: Path, leftovers: Callable[[], tuple[set[str], set[str]]], base: str
) -> None:
    """Steps that a failed build shares with an image that is there are not its own."""
    reference = built(*STEPS)
    (kept, *_), _ = leftovers()
    steps = docker("history", "--quiet", "--no-trunc", reference)
    with pytest.raises(Failure):
        built(*STEPS, "RUN exit 3")
    assert docker("history", "--quiet", "--no-trunc", reference) == steps
    assert kept


def test_a_build_that_is_interrupted_leaves_nothing(
    services: Path, base: str, leftovers: Callable[[], tuple[set[str], set[str]]], tmp_path: Path
) -> None:
    (services / "own" / "Dockerfile").write_text("\n".join([*STEPS, "RUN python3 -c 'import time; time.sleep(600)'"]))
    code = (
        "import sys; from pathlib import Path\n"
        "from orchestrator.images import build, content_hash as images\nfrom orchestrator.project import manifest\n"
        "from orchestrator.system import interrupt, paths\n"
        "interrupt.install(lambda text: None)\n"
        "folder, base = Path(sys.argv[1]), sys.argv[2]\n"
        "paths.WORK = folder.parent / 'work'\n"
        "content = images.content(manifest.load(folder)[0], base=base, platform='linux/amd64', tools=build.TOOLS,"
        " beside=images.Beside(folder))\n"
        "build.build(content, 'storyizer-test/never:x', base_reference=base, platform='linux/amd64', labels={},"
        " note=lambda line: print(line, flush=True))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code, services, base], cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    watch = threading.Timer(SECONDS, started.kill)
    watch.start()
    assert started.stdout is not None
    for line in started.stdout:
        if "time.sleep" in line:
            break
    time.sleep(1)
    started.terminate()
    _, errors = started.communicate()
    watch.cancel()
    assert "Interrupted: interrupted during docker" in errors
    deadline = time.monotonic() + 120
    while leftovers() != (set(), set()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert leftovers() == (set(), set())


def test_what_a_builds_tools_print_passes_without_escape_codes(built: Callable[..., str]) -> None:
    notes: list[str] = []
    with pytest.raises(Failure) as caught:
        built(
            "ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", "COPY service/random /x",
            "RUN printf '\\033[31mred\\033[0m\\n\\033]0;title\\007shown\\n\\033[2J10%%\\r100%%\\n' && exit 3",
            note=notes.append,
        )  # fmt: skip
    text = caught.value.render()
    assert not set("\x1b\x07\r") & set(text + "".join(notes))
    assert [line for line in caught.value.details if line in ("red", "shown", "100%")] == ["red", "shown", "100%"]


@pytest.mark.parametrize("variables", [{"DOCKER_BUILDKIT": "1"}, {"DOCKER_BUILDKIT": "0"}, {"BUILDKIT_PROGRESS": "x"}])
def test_a_builder_that_the_environment_names_is_not_asked_for(
    built: Callable[..., str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert files(built("FROM scratch", "COPY service/random /x/")) == {"x/random"}


def test_the_words_of_a_builder_that_is_missing_are_shown_if_there_are_no_others() -> None:
    """Whatever is filtered, a failure never ends in nothing."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "1", "DOCKER_CONFIG": "/nonexistent"}
    done = process.run(["docker", "build", "--no-such-option", "-"], stdin=b"", env=environment)
    content = content_hash.Content("own", (), {}, ())
    told = build_failure.failure(content, done)
    assert told.details
    only = process.Completed(("docker",), 1, "", "ERROR: BuildKit is enabled but the buildx component is missing\n")
    said = build_failure.failure(content, only).details
    assert said == ("ERROR: BuildKit is enabled but the buildx component is missing",)
    silent = process.Completed(("docker",), 7, "\n", "")
    assert "ended with exit code 7 and said nothing" in build_failure.failure(content, silent).reason


def test_which_images_a_build_made_is_read_from_what_it_says() -> None:
    lines = [
        "Step 1/6 : FROM base AS first", " ---> aaaaaaaaaaaa", "Step 2/6 : COPY a /", " ---> Using cache",
        " ---> bbbbbbbbbbbb", "Step 3/6 : RUN x", " ---> Running in cccccccccccc", "some output",
        "Removing intermediate container cccccccccccc", " ---> dddddddddddd", "Step 4/6 : FROM scratch", " ---> ",
        "Step 5/6 : COPY --from=first /x /", " ---> eeeeeeeeeeee", "Step 6/6 : RUN y", " ---> Running in ffffffffffff",
    ]  # fmt: skip
    assert build_leftovers.made(lines) == ["dddddddddddd", "eeeeeeeeeeee"]


def test_a_step_that_prints_the_name_of_an_image_removes_none(built: Callable[..., str], base: str) -> None:
    with contextlib.suppress(Failure):
        (identity,) = docker("image", "inspect", "--format", "{{.Id}}", base)
        short = identity.removeprefix("sha256:")[:12]
        built("ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", f"RUN echo ' ---> {short}' && exit 3")
    assert docker("image", "inspect", "--format", "{{.Id}}", base) == [identity]


def test_a_layer_that_another_build_has_just_removed_is_told_from_other_failures() -> None:
    """As the engine (20.10, classic builder) said it when another copy's build failed at the same time."""
    told = 'failed to get destination image "sha256:ae22": No such image: sha256:ae22'
    assert build.lost_a_layer(["Step 21/37 : COPY --from=build /packages/ /", told])
    assert not build.lost_a_layer(["COPY failed: no source files were specified"])
    assert not build.lost_a_layer(["pull access denied for nothing, repository does not exist"])
