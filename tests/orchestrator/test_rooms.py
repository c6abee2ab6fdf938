"""The folders of `orchestrator/`: what may import what, and how much stands in one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.system import paths

PACKAGE = paths.ROOT / "orchestrator"
# From the ground up: a folder, or a module that stands beside them, imports only what stands before it.
FLOORS = (
    "errors", "system", "screen", "console", "project", "importing", "notify", "machine", "aws", "review",
    "secrets", "images", "releases", "target", "emulator", "places", "terraform", "verify", "doctor",
    "bundle", "proof", "picture", "standby", "prepare", "running", "tasks", "deploy", "watch", "operate", "ci", "cli",
)  # fmt: skip
# The only one above `system` that knows no AWS, no Terraform command and no environment: any plan is enough for it.
ALONE = {"review": {"errors", "system"}, "machine": {"errors", "system", "console"}, "system": {"errors"}}
MODULES_PER_FOLDER = 12


def modules() -> Iterator[Path]:
    """Every module of the package."""
    return (file for file in sorted(PACKAGE.rglob("*.py")) if "__pycache__" not in file.parts)


def room(dotted: str) -> str:
    """The folder of a module, or the module itself where it stands beside the folders."""
    return dotted.split(".")[1]


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of what a module imports of this package, inside functions as well."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "orchestrator":
            for name in node.names:
                yield node.lineno, f"{node.module}.{name.name}"


@pytest.mark.parametrize("floor", FLOORS)
def test_nothing_imports_upwards(floor: str) -> None:
    below = ALONE.get(floor, set(FLOORS[: FLOORS.index(floor)]))
    files = [PACKAGE / f"{floor}.py"] if (PACKAGE / f"{floor}.py").exists() else sorted((PACKAGE / floor).rglob("*.py"))
    wrong = [
        f"{file.relative_to(PACKAGE)}:{line} imports {name}"
        for file in files
        for line, name in imported(file)
        if room(name) not in {*below, floor}
    ]
    assert files
    assert wrong == []


def test_everything_stands_on_a_floor() -> None:
    found = {entry.stem for entry in PACKAGE.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").exists()}
    assert found - {"__init__", "__main__"} == set(FLOORS)


def test_modules_import_each_other_in_no_circle() -> None:
    names = {".".join(file.relative_to(paths.ROOT).with_suffix("").parts): file for file in modules()}
    needs = {
        name: {known for _, what in imported(file) for known in (what, what.rpartition(".")[0]) if known in names}
        for name, file in names.items()
    }
    while free := {name for name, wanted in needs.items() if not wanted & needs.keys() - {name}}:
        needs = {name: wanted for name, wanted in needs.items() if name not in free}
    assert needs == {}


@pytest.mark.parametrize(
    "folder",
    sorted({file.parent for file in modules()}),
    ids=lambda folder: str(folder.relative_to(paths.ROOT)),
)
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path) -> None:
    here = [file.name for file in folder.glob("*.py") if file.name not in ("__init__.py", "__main__.py")]
    assert len(here) <= MODULES_PER_FOLDER, here


def test_every_folder_says_what_it_is() -> None:
    for folder in {file.parent for file in modules()}:
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert said, folder


def test_only_the_places_ask_which_place_it_is() -> None:
    asking = {
        str(file.relative_to(PACKAGE))
        for file in modules()
        if any(word in file.read_text(encoding="utf-8") for word in ("is_local", "EMULATED", "environment.LOCAL"))
    }
    assert asking == {"places.py", "project/environment.py", "project/place.py"}


def test_the_readme_lists_the_folders_from_the_top_to_the_ground() -> None:
    text = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    layout = text[text.index("\norchestrator/  ") : text.index("\nterraform/  ")]
    listed = re.findall(r"^  ([a-z]+)/ ", layout, re.MULTILINE)
    assert listed == [floor for floor in reversed(FLOORS) if (PACKAGE / floor).is_dir()]
