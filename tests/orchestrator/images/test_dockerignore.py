"""`.dockerignore`: the same files as the engine's own builder takes, and what is refused instead of being misread."""

from __future__ import annotations

import http.server
import io
import os
import secrets
import socketserver
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.images import dockerignore

FILES = (
    "app.py", "README.md", "secrets.env", ".env", ".npmrc", "id_rsa.key", "notes.txt", "#odd", "!odd", "a b.txt",
    "file1.txt", "file(1).txt", "fo+.txt", "foo.log", "^x", "[x]", "data.tar.gz", "ümlaut.txt", "Makefile",
    "src/app.py", "src/test_app.py", "src/README.md", "src/deep/er/app.py", "src/deep/er/x.log", "src/.hidden/a",
    "build/out/keep.txt", "build/out/x.o", "build/keep.txt", "tests/test_x.py", "tests/data/a.json",
    "node_modules/a/b.js", "node_modules/a/README.md", "packages/web/node_modules/c.js", "packages/web/src/index.js",
    "docs/a/b/c.md", "docs/README.md", "x/y/z", "x/yy/z", "x/y.d/z", "axb/f", "a/x/b/f", "a/b/f",
)  # fmt: skip
BUILD_FILES = {"Dockerfile", ".dockerignore"}
LINKS = {"link.py": "app.py", "src/up": "../app.py", "folder": "src", "nowhere": "not-there"}

# Each is a .dockerignore of its own.
IGNORES = (
    "", "secrets.env\n*.key\n", "# README.md\n #odd\n\\#odd\n", "\ufeffREADME.md\nnotes.txt",
    "README.md\r\n*.log\r\n", "  notes.txt  \n\t\n", "*", "**", "*\n!app.py", "*\n!src", "*\n!src/", "*\n!src/*.py\n",
    "*\n!**/*.py", "**\n!**/*.md", "**/README.md", "**/*.md\n!docs/**/*.md", "README.md\n!README.md\n",
    "!README.md\n*.md\n", "**/node_modules", "**/node_modules/\n!**/b.js", "node_modules/**",
    "build\n!build/keep.txt", "build\n!**/keep.txt", "build/\n!build/out/", "build/**/*.o", "/src/deep", "//src",
    "./src", "src/../x", "src//deep", "src/./deep/", "../app.py", "/", ".", "..", ".*", "**/.*", "?ile1.txt",
    "file[0-9].txt", "file[^0-9].txt\n", "file[!0-9].txt", "file(1).txt\nfo+.txt", "[a-c]*", "**.log",
    "**.md\n!**.md", "*.t*", "x/*/z", "x/**/z", "x/y*", "a/**/b", "a**", "a*b", "**/b/f", "**/*/f", "***/f", "src/**",
    "src/*\n!src/deep\nsrc/deep/er", "! src/app.py\n", "*\n! src", "\\[x\\]", "[[]x]", "[x]", "^x", "^*", "a b.txt",
    "ümlaut.*", "MAKEFILE", "link.py\nfolder", "src/up", "nowhere", "folder/app.py", "*.py\n!src/app.py",
    "docs\n!docs/a\ndocs/a/b\n!docs/a/b/c.md", "docs/*\n!docs/README.md", "x/y\n!x", "*\n!x/y\nx/y/z", "*/*.py",
    "!!odd", "/!odd", ".dockerignore", "Dockerfile", "*\n!Dockerfile", "node_modules\n!node_modules/a/*.md",
    "{app,x}.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    for name, target in LINKS.items():
        (folder / name).symlink_to(target)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return folder


def ours(folder: Path) -> set[str]:
    """What goes along, without the defaults of this project."""
    ignore = dockerignore.parse((folder / ".dockerignore").read_text())
    taken: set[str] = set()

    def into(below: str, above: dockerignore.Above) -> None:
        for item in os.scandir(folder / below):
            path = f"{below}/{item.name}" if below else item.name
            because, told = ignore.look(path, above)
            if item.is_dir(follow_symlinks=False):
                if because is None or ignore.may_hold_exceptions(path):
                    into(path, told)
            elif because is None:
                taken.add(path)

    into("", ())
    return taken


@pytest.fixture(scope="module")
def sent(program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], set[str]]]:
    """What Docker's own client sends of a folder: it filters, the engine takes what it gets. Nothing is built."""
    client = program("docker", "docker.io")
    contexts: list[bytes] = []

    class Engine(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Api-Version", "1.41")
            self.send_header("OSType", "linux")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.answer(b"")

        def do_GET(self) -> None:
            self.answer(b"OK" if self.path.endswith("/_ping") else b"{}")

        def do_POST(self) -> None:
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            contexts.append(b"".join(parts))
            self.answer(b'{"stream":"done"}')

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def address_string(self) -> str:
            return "client"

    socket = tmp_path_factory.mktemp("engine") / "socket"
    environment = {**os.environ, "DOCKER_BUILDKIT": "0", "DOCKER_HOST": f"unix://{socket}", "DOCKER_CONTEXT": ""}

    def send(folder: Path) -> set[str]:
        contexts.clear()
        done = subprocess.run([client, "build", folder], env=environment, capture_output=True, text=True, check=False)
        assert len(contexts) == 1, done.stderr
        with tarfile.open(fileobj=io.BytesIO(contexts[0])) as tar:
            return {member.name for member in tar if not member.isdir()}

    with socketserver.ThreadingUnixStreamServer(str(socket), Engine) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield send
        server.shutdown()


@pytest.mark.parametrize("number", range(len(IGNORES)))
def test_the_same_files_go_along_as_dockers_client_sends(
    sent: Callable[[Path], set[str]], tree: Path, number: int
) -> None:
    (tree / ".dockerignore").write_text(IGNORES[number])
    # These two it sends in any case, for the engine to read and then to remove.
    assert ours(tree) - BUILD_FILES == sent(tree) - BUILD_FILES


@pytest.mark.parametrize("text", ["", "secrets.env\n.dockerignore\n", "*\n!src\nsrc/deep\n!src/deep/er/x.log\n"])
def test_the_same_files_are_in_an_image_that_is_built_of_the_folder(
    container_engine: None, tree: Path, text: str
) -> None:
    (tree / ".dockerignore").write_text(text)
    name = f"storyizer-test/ignore:{secrets.token_hex(6)}"
    build = ["docker", "build", "--quiet", "--force-rm", "--no-cache", "--tag", name, str(tree)]
    subprocess.run(build, env={**os.environ, "DOCKER_BUILDKIT": "0"}, capture_output=True, check=True)
    try:
        saved = subprocess.run(["docker", "save", name], capture_output=True, check=True).stdout
    finally:
        subprocess.run(["docker", "image", "rm", "--force", name], capture_output=True, check=True)
    found = set()
    with tarfile.open(fileobj=io.BytesIO(saved)) as image:
        for layer in (member for member in image if member.name.endswith("layer.tar")):
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                found |= {file.name for file in files if not file.isdir()}
    assert ours(tree) == found


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a\n!\n", 2, "takes nothing back"),
        ("!/", 1, "takes nothing back"),
        ("a\n\nfile[\n", 3, "not closed"),
        ("file[]", 1, "not closed"),
        ("file[]a]", 1, "not closed"),
        ("file[a-]", 1, "not closed"),
        ("file[^]", 1, "not closed"),
        ("file[z-a]", 1, "the range z-a"),
        ("x\\", 1, "ends in a backslash"),
        ("\\app.py", 1, "as something else"),
        ("file[\\1].txt", 1, "as something else"),
        ("file[*].txt", 1, "as something else"),
        ("\\ü", 1, "as something else"),
    ],
)
def test_a_line_that_the_engine_refuses_or_misreads_is_refused(text: str, line: int, told: str) -> None:
    with pytest.raises(dockerignore.Unusable, match=told) as caught:
        dockerignore.parse(text)
    assert caught.value.line == line
    assert caught.value.fix


@given(
    st.text(alphabet="ab*?[]!^-\\/.# \u00e9", max_size=12),
    st.text(alphabet="ab[]!^-\\/.# é\n", min_size=1, max_size=12),
)
def test_any_line_is_a_pattern_or_refused(text: str, path: str) -> None:
    try:
        ignore = dockerignore.parse(text)
    except dockerignore.Unusable as error:
        assert error.line == 1
    else:
        because, told = ignore.look(path)
        assert len(told) == len(ignore.patterns)
        assert because is None or not because.exception
