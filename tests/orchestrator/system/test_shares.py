"""How the processes of a whole run share the tests."""

from __future__ import annotations

import pytest

from tests.conftest import LONGEST, TOGETHER, ByFileOrFolder


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        ("tests/review/test_x.py::TestY::test_z[a::b]", "tests/review/test_x.py"),
        ("tests/system/aws_names/test_life.py::test_x", "tests/system/aws_names/test_life.py"),
        *((f"{folder}/test_x.py::test_y", folder) for folder in TOGETHER),
    ],
)
def test_files_that_share_what_they_made_stay_together(test: str, scope: str) -> None:
    assert ByFileOrFolder._split_scope(ByFileOrFolder.__new__(ByFileOrFolder), test) == scope


def test_folders_that_stay_together_are_there(pytestconfig: pytest.Config) -> None:
    assert all((pytestconfig.rootpath / folder).is_dir() for folder in TOGETHER)


def test_files_and_folders_that_are_begun_with_are_there(pytestconfig: pytest.Config) -> None:
    assert set(LONGEST) <= {path.name for path in (pytestconfig.rootpath / "tests" / "system").rglob("*")}
