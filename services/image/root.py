"""`python3 root.py FOLDER`: copies what a Python service needs of the base image into a folder.

The final image is made of that folder alone: Python with its standard library, the shared libraries that these load,
certificates, time zones. No shell, no program but Python, no package manager. Debian's list of installed packages and
their licences come along for those packages of which something is left, so that scanners find what is really there.

It works on Python's official slim image (Python in /usr/local) and on one of Debian's packages (Python in /usr).
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from py_compile import PycInvalidationMode

# Folders and files beside Python, where the base has them.
FILES = (
    "/bin", "/lib", "/lib64", "/sbin",  # links into /usr
    "/etc/debian_version", "/etc/gai.conf", "/etc/group", "/etc/host.conf", "/etc/ld.so.cache", "/etc/localtime",
    "/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/protocols", "/etc/services",
    "/etc/ssl", "/etc/timezone", "/usr/lib/locale/C.utf8", "/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs",
    "/usr/lib/ssl/openssl.cnf", "/usr/local/share/ca-certificates", "/usr/share/ca-certificates",
    "/usr/share/common-licenses", "/usr/share/zoneinfo",
)  # fmt: skip
# Of the standard library: tests, installers, and what talks to a terminal or a screen.
UNUSED = re.compile(
    r"""(test|idlelib|tkinter|turtledemo|curses|dbm|ensurepip|venv|pydoc_data|site-packages|dist-packages)(/|$)
    | sitecustomize\.py  # Debian's hook for crash reports
    | (config-[^/]*|[^/]*/tests)(/|$)
    | lib-dynload/(_test|_ctypes_test|_xxtest|xx|_curses|_dbm|_gdbm|_tkinter|readline)
    """,
    re.VERBOSE,
)
# What no file names as needed: loaded by glibc when a thread ends, or counted on by wheels (PEP 600).
LIBRARIES = (
    "libgcc_s.so.1", "libstdc++.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1",
)  # fmt: skip
DPKG = Path("/var/lib/dpkg")


def follow(path: Path) -> Iterator[Path]:
    """The path with links in its folders resolved and, if it is a link itself, what it leads to."""
    path = path.parent.resolve() / path.name
    if path.is_symlink() or path.is_file():
        yield path
    if path.is_symlink():
        yield from follow(path.parent / path.readlink())


def tree(folder: Path) -> Iterator[Path]:
    """A folder's files, or the file or link itself."""
    if folder.is_symlink() or not folder.is_dir():
        yield from follow(folder)
        return
    for path in folder.rglob("*"):
        yield from follow(path)


def standard_library(folder: Path) -> Iterator[Path]:
    """The standard library's files without what a service has no use for."""
    for path in tree(folder):
        if not (path.is_relative_to(folder) and UNUSED.match(path.relative_to(folder).as_posix())):
            yield path


def shared_libraries(files: Iterable[Path]) -> Iterator[Path]:
    """The shared libraries that programs and extension modules load, and the loader itself."""
    [loader, *_] = sorted([*Path("/lib64").glob("ld-linux-*.so.*"), *Path("/lib").glob("ld-linux-*.so.*")])
    yield from follow(loader)
    for file in files:
        listed = subprocess.run([loader, "--list", file], capture_output=True, text=True, check=True).stdout
        for name in re.findall(r"(/\S+) \(0x", listed):
            yield from follow(Path(name))


def compiled(cache: Path) -> bool:
    """Whether a file of bytecode is for this Python, and is taken without a look at its source."""
    with cache.open("rb") as stream:
        return stream.read(8) == MAGIC_NUMBER + b"\1\0\0\0"


def installed(files: set[Path]) -> Iterator[tuple[str, str]]:
    """Debian's records of packages that have a file among `files`, each with the package's name.

    A package whose files are not listed counts as installed.
    """
    for record in (DPKG / "status").read_text().split("\n\n"):
        fields = dict(re.findall(r"^(Package|Architecture): (.*)$", record, re.MULTILINE))
        if not fields:
            continue
        names = (fields["Package"], f"{fields['Package']}:{fields['Architecture']}")
        lists = [file for name in names if (file := DPKG / "info" / f"{name}.list").exists()]
        owned = (Path(line) for file in lists for line in file.read_text().splitlines())
        if not lists or any(path.parent.resolve() / path.name in files for path in owned):
            yield fields["Package"], record.strip("\n")


def copy(files: set[Path], root: Path) -> None:
    """Copies the files with their links. None gives rights to who runs it."""
    for path in sorted(files):
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target, follow_symlinks=False)
        if not target.is_symlink():
            target.chmod(target.stat().st_mode & 0o755)


def main(root: Path) -> None:
    """Fills the folder."""
    library = Path(sysconfig.get_path("stdlib"))
    files = {*follow(Path(sys.executable)), *standard_library(library)}
    binaries = [path for path in files if path == Path(sys.executable).resolve() or path.suffix == ".so"]
    files |= set(shared_libraries(sorted(binaries)))
    [libc] = {path.parent for path in files if path.name == "libc.so.6"}
    extra = [libc / name for name in LIBRARIES if (libc / name).exists()]
    files |= {*shared_libraries(extra), *(path for name in extra for path in follow(name))}
    files |= {path for name in FILES for path in tree(Path(name))}
    records = dict(installed(files))
    for name in records:
        documents = Path("/usr/share/doc") / name
        files |= {*follow(documents), *follow(documents / "copyright")}
    copy(files, root)
    status = root / DPKG.relative_to("/") / "status"
    status.parent.mkdir(parents=True)
    status.write_text("\n\n".join(records.values()) + "\n")
    ours = root / library.relative_to("/")
    if not all(map(compiled, ours.rglob("*.pyc"))) or not (ours / "__pycache__").exists():
        # The container cannot write bytecode: without it every start would compile what it imports.
        mode = PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(ours, quiet=1, force=True, workers=0, stripdir=root, invalidation_mode=mode)
    for folder in ("proc", "sys", "dev", "run", "srv", "tmp"):
        (root / folder).mkdir()
    (root / "tmp").chmod(0o1777)
    for path in [root, *root.rglob("*")]:
        os.utime(path, (0, 0), follow_symlinks=False)  # the same input gives the same layer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
