"""The base image out of Debian's packages, as far as it goes without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from orchestrator.machine import apt, debian_base
from orchestrator.system import paths

pytestmark = pytest.mark.usefixtures("container_engine")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("./usr/bin/python3", "usr/bin/python3"),
        ("./lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"),
        ("./bin/sh", "usr/bin/sh"),
        ("./bin", "bin"),
        ("./etc/", "etc"),
    ],
)
def test_files_in_the_roots_old_folders_end_in_usr(name: str, expected: str) -> None:
    assert debian_base.canonical(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("usr/share/man/man1/sed.1.gz", False),
        ("usr/share/doc/sed/NEWS.gz", False),
        ("usr/share/doc/sed/copyright", True),
        ("usr/share/locale/de/LC_MESSAGES/sed.mo", False),
        ("usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so", False),
        ("usr/lib/python3.13/test/support/__init__.py", False),
        ("usr/lib/python3.13/unittest/__init__.py", True),
        ("usr/bin/sed", True),
        ("", False),
    ],
)
def test_documentation_and_translations_stay_out_and_licences_stay_in(name: str, expected: bool) -> None:
    assert debian_base.wanted(name) is expected


def package(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A Debian package with these files."""
    tree = folder / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n"
    )
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(content)
    (tree / next(iter(files))).chmod(0o4755)
    made = folder / f"{name}_1_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made], check=True, capture_output=True)
    return made


def test_packages_are_merged_into_one_archive_that_names_them(tmp_path: Path) -> None:
    packages = [
        package(tmp_path, "alpha", {"usr/bin/alpha": "a", "usr/share/man/man1/alpha.1": "manual"}),
        package(tmp_path, "beta", {"bin/beta": "b", "usr/share/doc/beta/copyright": "licence"}),
        package(tmp_path, "tar", {"usr/bin/tar": "not wanted"}),
    ]
    debian_base.merge(packages, tmp_path / "base.tar")
    with tarfile.open(tmp_path / "base.tar") as archive:
        members = {member.name: member for member in archive}
        files = {name for name, member in members.items() if member.isreg()}
        status, listed = (
            file.read().decode()
            for name in ("status", "info/beta.list")
            if (file := archive.extractfile(f"var/lib/dpkg/{name}"))
        )
    records = {f"var/lib/dpkg/{name}" for name in ("status", "info/alpha.list", "info/beta.list")}
    assert files - records == {"usr/bin/alpha", "usr/bin/beta", "usr/share/doc/beta/copyright"}
    assert sorted(listed.splitlines()) == ["/usr/bin/beta", "/usr/share/doc/beta/copyright"]
    assert members["bin"].linkname == "usr/bin"
    assert members["usr/bin/alpha"].mode == 0o755, "no file may give rights to who runs it"
    assert [line for line in status.splitlines() if line.startswith(("Package", "Status"))] == [
        "Package: alpha",
        "Status: install ok installed",
        "Package: beta",
        "Status: install ok installed",
    ]


def test_security_updates_come_from_their_own_address() -> None:
    mirrors = apt.Mirrors("http://m.example/debian", "http://s.example/security")
    lines = debian_base.sources_list(mirrors, Path("/keys.gpg"), with_security=True).splitlines()
    assert lines == [
        "deb [signed-by=/keys.gpg] http://m.example/debian trixie main",
        "deb [signed-by=/keys.gpg] http://m.example/debian trixie-updates main",
        "deb [signed-by=/keys.gpg] http://s.example/security trixie-security main",
    ]


def test_the_images_name_follows_from_its_recipe_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = debian_base.reference()
    assert before == debian_base.reference()
    monkeypatch.setattr(debian_base, "PACKAGES", (*debian_base.PACKAGES, "bash"))
    assert debian_base.reference() != before


MERGE = """
import sys
from pathlib import Path
from orchestrator.system import interrupt
from orchestrator.errors import Failure
from orchestrator.machine import debian_base
interrupt.install(lambda text: None)
try:
    debian_base.merge([Path("sed_1_all.deb")], Path(sys.argv[1]))
except Failure as failure:
    print(failure.message)
    sys.exit(failure.exit_code)
"""


@pytest.mark.parametrize(
    ("signal", "code", "message"),
    [("INT", 130, "interrupted during the base image"), ("0", 1, "cannot read the package sed_1_all.deb")],
)
def test_a_package_that_ends_too_early_is_a_failure_and_with_ctrl_c_an_interruption(
    tmp_path: Path, signal: str, code: int, message: str
) -> None:
    tool = tmp_path / "dpkg-deb"
    tool.write_text(f'#!/bin/sh\n[ "$1" = --field ] && exec echo Package: sed\nkill -{signal} $PPID\necho half a tar\n')
    tool.chmod(0o755)
    merging = subprocess.run(
        [sys.executable, "-c", MERGE, tmp_path / "image.tar"], text=True, capture_output=True, check=False,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(paths.ROOT)},
    )  # fmt: skip
    assert (merging.returncode, merging.stdout.strip()) == (code, message), merging.stderr
