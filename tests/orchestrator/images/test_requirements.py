"""requirements.in against requirements.txt, and how both are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.images import build, requirements
from orchestrator.project import manifest
from orchestrator.project.manifest import Service

HASH = f"--hash=sha256:{'a' * 64}"
MARKERS = build.markers("linux/amd64")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "words"
    made.mkdir()
    return made


def told(folder: Path, asked: str | None, locked: str, platform: str = "linux/amd64") -> list[str]:
    """The disagreements, without the folder's name."""
    if asked is not None:
        (folder / "requirements.in").write_text(asked)
    (folder / "requirements.txt").write_text(locked)
    try:
        requirements.check([Service("words", folder, ("/words",))], build.markers(platform))
    except Failure as failure:
        assert failure.message == "requirements.txt of words is not what requirements.in asks for"
        assert failure.next_step == f"python3 orchestrate.py lock {folder.name}"
        return failure.reason.replace(f"{folder}/", "").splitlines()
    return []


LOCKED = f"starlette==1.2.3 \\\n    {HASH} \\\n    {HASH}\n    # via -r requirements.in\nPy_Yaml==6.0 {HASH}\n"


@pytest.mark.parametrize(
    "asked",
    [
        "", "# nothing\n", "starlette", "Starlette==1.*", "starlette >= 1 , < 2  # the server", "starlette[full]",
        "starlette===1.2.3", "py-yaml\npy.yaml", "starlette \\\n  >=1\n", "missing; sys_platform == 'win32'",
        "missing ; python_version < '3.13'", "starlette; python_version >= '3.13'", "--index-url https://example.com\n",
        "./wheels/x.whl", "-e ./package", "../package", "https://example.com/x.whl", "starlette==${VERSION}",
        f"starlette==1.2.3 {HASH}", "\ufeffstarlette\n", "starlette\r\n", "starlette~=1.2", "py_yaml==6.0.0",
    ],
)  # fmt: skip
def test_what_is_locked_is_right(folder: Path, asked: str) -> None:
    assert told(folder, asked, LOCKED) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("# why\n\nrequests\n", ["requirements.in:3: requests is not in requirements.txt"]),
        ("requests[socks]>=2\n", ["requirements.in:1: requests is not in requirements.txt"]),
        ("missing; sys_platform == 'linux'", ["requirements.in:1: missing is not in requirements.txt"]),
        ("starlette \\\n  >= 2", ["requirements.in:1: starlette>=2 is asked for, requirements.txt:1 has 1.2.3"]),
        (
            "starlette==1.*\nstarlette!=1.2.3",
            ["requirements.in:2: starlette!=1.2.3 is asked for, requirements.txt:1 has 1.2.3"],
        ),
        ("py-yaml<6", ["requirements.in:1: py-yaml<6 is asked for, requirements.txt:5 has 6.0"]),
        ("a\nb", [f"requirements.in:{line}: {name} is not in requirements.txt" for line, name in ((1, "a"), (2, "b"))]),
    ],
)  # fmt: skip
def test_what_is_not_locked_is_told_with_file_and_line(folder: Path, asked: str, said: list[str]) -> None:
    assert told(folder, asked, LOCKED) == said


def test_a_line_that_is_no_requirement_is_told(folder: Path) -> None:
    (said,) = told(folder, "starlette\nrequests two\n", LOCKED)
    assert said.startswith("requirements.in:2: 'requests two' is no requirement: ")


def test_included_files_count_with_their_own_lines(folder: Path) -> None:
    (folder.parent / "kit.in").write_text("# kit\n-r kit.in\nmissing\n")
    assert told(folder, "-r ../kit.in\n", LOCKED) == [
        f"{folder.parent}/kit.in:3: missing is not in requirements.txt",
    ]
    (folder.parent / "limits.txt").write_text("starlette<1\nnot-asked-for<1\n")
    assert told(folder, "starlette\n-c ../limits.txt\n", LOCKED) == [
        f"{folder.parent}/limits.txt:1: starlette<1 is asked for, requirements.txt:1 has 1.2.3",
    ]


def test_an_included_file_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "requirements.in").write_text("\n--requirement=../kit.in\n")
    (folder / "requirements.txt").write_text(LOCKED)
    with pytest.raises(Failure, match=r"requirements.in:2 includes a file that is not there"):
        requirements.check([Service("words", folder, ("/words",))], MARKERS)


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        ("a==1\n", "requirements.txt:1: a==1 has no --hash: only packages with a hash are installed"),
        (f"x==1 {HASH}\na==1\nb==2\nc==3\n", "requirements.txt:2: a==1 has no --hash, nor have 2 more lines: only "),
        (f"a>=1 {HASH}\n", "requirements.txt:1: 'a>=1' names no exact version"),
        (f"a==1.* {HASH}\n", "requirements.txt:1: 'a==1.*' names no exact version"),
        (f"a {HASH}\n", "requirements.txt:1: 'a' names no exact version"),
        (f"a==one two {HASH}\n", "requirements.txt:1: 'a==one two' is no requirement"),
    ],
)  # fmt: skip
def test_a_lock_that_locks_nothing_is_told(folder: Path, locked: str, said: str) -> None:
    (line,) = told(folder, None, locked)
    assert line.startswith(said)


def test_a_pin_for_another_machine_is_none_for_this_one(folder: Path) -> None:
    locked = f"a==1 ; platform_machine == 'aarch64' {HASH}\na==2 ; platform_machine != 'aarch64' {HASH}\n"
    assert told(folder, "a>=2", locked) == []
    assert told(folder, "a>=2", locked, "linux/arm64") == [
        "requirements.in:1: a>=2 is asked for, requirements.txt:1 has 1"
    ]


def test_the_projects_own_services_are_locked() -> None:
    requirements.check(manifest.load(), MARKERS)
    requirements.check(manifest.load(), build.markers("linux/arm64"))
