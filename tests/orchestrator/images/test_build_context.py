"""Which files go into a build context, and what is refused at once, with its path and advice that fits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from signal import Signals

import pytest

from orchestrator.errors import Failure
from orchestrator.images import build_context, content_hash
from orchestrator.images.build_context import Hashed
from orchestrator.project import manifest
from orchestrator.system import paths

SECONDS = 120


@pytest.fixture
def services(tmp_path: Path) -> Path:
    folder = tmp_path / "services"
    for name in ("words/app/deep", "servicekit", "image"):
        (folder / name).mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM x\n")
    (folder / "words" / "service.yaml").write_text("paths: [/api/words]\n")
    (folder / "words" / "requirements.txt").write_text("")
    (folder / "words" / "app" / "__main__.py").write_text("print(1)\n")
    return folder


def names(services: Path) -> set[str]:
    return {item.path for item in content(services).entries}


def content(services: Path) -> content_hash.Content:
    tools = services.parent / "tools.txt"
    tools.write_text("pip==1\n")
    return content_hash.content(
        manifest.load(services)[0],
        base="base",
        platform="linux/amd64",
        tools=tools,
        beside=content_hash.Beside(services),
    )


def refused(services: Path) -> Failure:
    """What both say: the look at the beginning, and the one that reads everything."""
    found = []
    for look in (lambda: content_hash.check(manifest.load(services), services), lambda: content(services)):
        with pytest.raises(Failure) as caught:
            look()
        found.append(caught.value.render())
    assert found[0] == found[1]
    assert caught.value.next_step
    assert "disk space" not in found[0]
    return caught.value


def device(path: Path) -> None:
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 3))


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path has little room
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


@pytest.mark.parametrize(
    ("make", "kind"),
    [(os.mkfifo, "a named pipe (FIFO)"), (unix_socket, "a Unix socket"), (device, "a device")],
)
@pytest.mark.parametrize(
    "place", ["words/reload", "words/app/deep/x", "servicekit/x", "image/x", "words/.hidden", "words/requirements.txt"]
)
def test_what_no_image_can_hold_is_refused_wherever_it_is(
    services: Path, make: Callable[[Path], object], kind: str, place: str
) -> None:
    path = services / place
    path.unlink(missing_ok=True)
    make(path)
    failure = refused(services)
    assert failure.message == f"{path} is {kind}, not a file"
    assert "remove it" in failure.next_step


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "service.yaml"])
def test_a_pipe_in_the_place_of_a_file_that_is_read_first(services: Path, name: str) -> None:
    path = services / "words" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(Failure) as caught:
        content_hash.check(manifest.load(services), services)
    assert str(path) in caught.value.render()
    assert caught.value.next_step


def test_an_ignore_file_may_name_it(services: Path) -> None:
    os.mkfifo(services / "words" / "app" / "reload.pipe")
    (services / "words" / ".dockerignore").write_text("**/*.pipe\n")
    assert "service/app/reload.pipe" not in names(services)


@pytest.mark.parametrize("place", ["words/app/deep/secret", "words/app/deep", "servicekit/secret", "words/Dockerfile"])
def test_what_may_not_be_read_is_told_with_the_command_that_mends_it(services: Path, place: str) -> None:
    path = services / place
    if not path.exists():
        path.write_text("FROM x\n")
    path.chmod(0)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from orchestrator.images import content_hash as images\nfrom orchestrator.project import manifest\n"
        "from orchestrator.errors import Failure\n"
        "folder = Path(sys.argv[1])\n"
        "found = manifest.load(folder)\n"
        "os.setuid(65534)\n"
        "try: images.check(found, folder)\n"
        "except Failure as failure: print(failure.render())"
    )
    for folder in services.parents:
        if "pytest" in str(folder):
            folder.chmod(0o755)
    if os.geteuid() != 0:
        code = code.replace("os.setuid(65534)", "")
    done = subprocess.run(
        [sys.executable, "-c", code, services], cwd=paths.ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    path.chmod(0o700)
    assert f"error: {path} cannot be read\n" in done.stdout, done
    assert "Permission denied" in done.stdout
    assert f"chmod u+r{'x' if place.endswith('deep') else ''} {path}" in done.stdout


def test_a_link_goes_along_as_the_link_that_it_is(services: Path) -> None:
    app = services / "words" / "app"
    (app / "link.py").symlink_to("__main__.py")
    (app / "folder").symlink_to("../app")
    (app / "kit").symlink_to("../../servicekit")
    found = {item.path: item.link for item in content(services).entries}
    assert found["service/app/link.py"] == "__main__.py"
    assert found["service/app/folder"] == "../app"
    assert found["service/app/kit"] == "../../servicekit"
    assert content_hash.check(manifest.load(services), services) == []


@pytest.mark.parametrize("target", ["not-there", "/run/secrets/key", "/dev/stdout", "deep/not-there"])
def test_a_link_that_the_image_must_complete_goes_along_with_a_warning(services: Path, target: str) -> None:
    link = services / "words" / "app" / ".#lock"
    link.symlink_to(target)
    assert "service/app/.#lock" in names(services)
    (warning,) = content_hash.check(manifest.load(services), services)
    assert warning.startswith(f"{link} goes into the image as the link that it is, to {target}:")


@pytest.mark.parametrize("target", ["../../../outside.txt", "../../other/app", "../../words2"])
def test_a_link_that_leads_out_of_what_goes_along_is_refused(services: Path, target: str) -> None:
    (services.parent / "outside.txt").write_text("x")
    (services / "other" / "app").mkdir(parents=True)
    link = services / "words" / "app" / "link"
    link.symlink_to(target)
    failure = refused(services)
    assert failure.message == f"{link} is a link that leads out of what goes into the image"
    assert target in failure.reason


def test_a_link_that_leads_back_to_itself_is_refused(services: Path) -> None:
    app = services / "words" / "app"
    (app / "a").symlink_to("b")
    (app / "b").symlink_to("a")
    assert refused(services).message == f"{app / 'a'} is a link that leads back to itself"


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt", ".dockerignore"])
def test_a_file_that_is_needed_may_be_a_link_but_not_one_that_leads_nowhere(services: Path, name: str) -> None:
    path = services / "words" / name
    path.unlink(missing_ok=True)
    path.symlink_to("kept")
    with pytest.raises(Failure, match=f"{name} is a link that leads nowhere"):
        content(services)
    (services / "words" / "kept").write_text("# kept\n")
    before = content(services).tag
    (services / "words" / "kept").write_text("# changed\n")
    assert content(services).tag != before


def test_a_name_that_is_no_text_is_refused(services: Path) -> None:
    path = os.fsencode(services / "words" / "app") + b"/\xff.py"
    with open(path, "w"):
        pass
    failure = refused(services)
    assert "a file's name is no UTF-8" in failure.message
    assert r"\xff.py" in failure.message


def test_a_file_that_vanishes_while_it_is_read_is_told(services: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = services / "words" / "app" / "__main__.py"
    opened = build_context.Entry.opened

    def vanish(entry: build_context.Entry) -> AbstractContextManager[Hashed]:
        gone.unlink(missing_ok=True)
        return opened(entry)

    monkeypatch.setattr(build_context.Entry, "opened", vanish)
    with pytest.raises(Failure) as caught:
        content(services)
    assert caught.value.message == f"{gone} was changed while it was read"
    assert caught.value.next_step == "run the same command again"


@pytest.mark.parametrize("what", ["pipe", "link"])
def test_a_file_that_becomes_something_else_is_neither_waited_for_nor_followed(
    services: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = services / "words" / "app" / "__main__.py"
    opened = build_context.Entry.opened

    def become(entry: build_context.Entry) -> AbstractContextManager[Hashed]:
        if path.is_file():
            path.unlink()
            os.mkfifo(path) if what == "pipe" else path.symlink_to("/etc/hostname")
        return opened(entry)

    monkeypatch.setattr(build_context.Entry, "opened", become)
    with pytest.raises(Failure, match="is a named pipe" if what == "pipe" else "was changed while it was read"):
        content(services)


@pytest.mark.parametrize("change", ["other text", "", "longer than it was before it was changed"])
def test_a_file_that_changes_between_its_hash_and_the_build_is_told(
    services: Path, tmp_path: Path, change: str
) -> None:
    made = content(services)
    file = services / "words" / "app" / "__main__.py"
    file.write_text(change)
    with (tmp_path / "context.tar").open("wb") as stream, pytest.raises(Failure) as caught:
        content_hash.write_context(made, [], stream)
    assert caught.value.message == f"{file} was changed while the image was being built"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_reading_of_a_large_file(services: Path, number: Signals) -> None:
    with (services / "words" / "app" / "large").open("wb") as file:
        file.truncate(1 << 42)  # sparse: takes no room, and an hour to read
    code = (
        "import sys; from pathlib import Path\n"
        "from orchestrator.images import content_hash as images\nfrom orchestrator.project import manifest\n"
        "from orchestrator.system import interrupt\n"
        "interrupt.install(print)\n"
        "folder = Path(sys.argv[1])\n"
        "print('reading', flush=True)\n"
        "service, beside = manifest.load(folder)[0], images.Beside(folder)\n"
        "images.content(service, base='', platform='', tools=folder / 'Dockerfile', beside=beside)"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code, services],
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = threading.Timer(SECONDS, started.kill)
    watch.start()
    assert started.stdout is not None
    assert started.stdout.readline() == "reading\n"
    time.sleep(1)
    started.send_signal(number)
    _, errors = started.communicate()
    watch.cancel()
    assert "Interrupted: interrupted during reading the files of the images" in errors


@pytest.mark.slow
def test_large_files_are_not_held_in_memory(services: Path, tmp_path: Path) -> None:
    with (services / "words" / "app" / "large").open("wb") as file:
        file.truncate(600 << 20)
    code = (
        "import re, sys; from pathlib import Path\n"
        "from orchestrator.images import content_hash as images\nfrom orchestrator.project import manifest\n"
        "folder = Path(sys.argv[1])\n"
        "service, lock = manifest.load(folder)[0], folder / 'Dockerfile'\n"
        "made = images.content(service, base='', platform='', tools=lock, beside=images.Beside(folder))\n"
        "with open('/dev/null', 'wb') as stream: images.write_context(made, [], stream)\n"
        # Not ru_maxrss: that counts what the process was before it became this program.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, services], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 200, "MiB"


def test_what_is_left_out_is_known_with_the_line_that_says_so(services: Path) -> None:
    words = services / "words"
    (words / ".dockerignore").write_text("# secrets\n\nsecrets.env\nnode_modules\n!node_modules/kept.js\n")
    (words / "secrets.env").write_text("x")
    (words / "node_modules" / "a").mkdir(parents=True)
    (words / "node_modules" / "a" / "b.js").write_text("x")
    (words / "node_modules" / "kept.js").write_text("x")
    (words / "app" / "__pycache__").mkdir()
    (words / "app" / "__pycache__" / "x.pyc").write_text("x")
    made = content(services)
    ignore = words / ".dockerignore"
    assert {item.path: item.because for item in made.left_out} == {
        "service/secrets.env": f"{ignore}:3: secrets.env",
        "service/node_modules/a": f"{ignore}:4: node_modules",
        "service/app/__pycache__": "by default",
        "service/service.yaml": "by default",
        "service/.dockerignore": "by default",
    }
    assert "service/node_modules/kept.js" in {item.path for item in made.entries}


@pytest.mark.parametrize("name", [".env", ".npmrc", "README.md", "tests/test_x.py", "app/node_modules/x.js", "app/x~"])
def test_nothing_is_left_out_that_nobody_named(services: Path, name: str) -> None:
    file = services / "words" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert f"service/{name}" in names(services)


@pytest.mark.parametrize("name", ["service.yaml", ".dockerignore", "app/__pycache__/x.pyc", "app/x.pyc"])
def test_what_is_left_out_by_default_can_be_taken_back(services: Path, name: str) -> None:
    file = services / "words" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text("x")
    (services / "words" / ".dockerignore").write_text("secrets.env\n")
    assert f"service/{name}" not in names(services)
    (services / "words" / ".dockerignore").write_text(f"secrets.env\n!{name}\n!app/__pycache__\n")
    assert f"service/{name}" in names(services)


def test_a_dockerfiles_own_ignore_file_counts_instead_of_the_folders(services: Path) -> None:
    words = services / "words"
    (words / ".dockerignore").write_text("app\n")
    (words / "Dockerfile.dockerignore").write_text("notes.txt\n")
    (words / "notes.txt").write_text("x")
    assert "service/app/__main__.py" not in names(services), "there is no Dockerfile in the folder"
    (words / "Dockerfile").write_text("FROM scratch\nCOPY service/ /x/\n")
    found = names(services)
    assert "service/app/__main__.py" in found
    assert not {"service/notes.txt", "service/.dockerignore", "service/Dockerfile.dockerignore"} & found
    assert {"Dockerfile", "service/Dockerfile"} <= found


def test_a_change_of_the_ignore_file_that_changes_nothing_makes_no_new_image(services: Path) -> None:
    words = services / "words"
    (words / "secrets.env").write_text("x")
    (words / ".dockerignore").write_text("secrets.env\n")
    before = content(services).tag
    (words / ".dockerignore").write_text("# keys\n*.key\n/secrets.env\n")
    assert content(services).tag == before
    (words / "secrets.env").write_text("another")
    assert content(services).tag == before
    (words / ".dockerignore").write_text("# keys\n")
    assert content(services).tag != before


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"a\nfile[\n", "Line 2: 'file[' has a [ that is not closed"), (b"a\n\xff\n", "Line 2 is not UTF-8")],
)
def test_an_ignore_file_that_cannot_be_used_is_told_with_its_line(services: Path, data: bytes, told: str) -> None:
    file = services / "words" / ".dockerignore"
    file.write_bytes(data)
    failure = refused(services)
    assert failure.message == f"{file}:2 cannot be used"
    assert failure.reason.startswith(told)


def test_a_service_without_python_needs_no_requirements(services: Path) -> None:
    words = services / "words"
    (words / "requirements.txt").unlink()
    with pytest.raises(Failure, match=r"words has no requirements.txt"):
        content(services)
    (words / "Dockerfile").write_text("FROM scratch\nCOPY service/x /\n")
    assert content(services).requirements is None


def test_the_wheels_are_part_of_the_hash_even_if_the_lock_file_is_left_out(services: Path) -> None:
    words = services / "words"
    (words / ".dockerignore").write_text("requirements.txt\n")
    before = content(services)
    assert before.requirements == words / "requirements.txt"
    (words / "requirements.txt").write_text("# changed\n")
    assert content(services).tag != before.tag
