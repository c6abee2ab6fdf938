"""What people read of this program is said in the words that an English-speaking engineer would use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.system import paths

# Words that had to be decoded: told (reported), mend (correct, fix), anew (again).
DECODED = re.compile(r"\b(mend|mends|mended|anew|told)\b")
MODULES = sorted(file for file in (paths.ROOT / "orchestrator").rglob("*.py"))
PAGES = sorted([paths.ROOT / "README.md", paths.ROOT / "CONTRIBUTING.md", *(paths.ROOT / "docs").rglob("*.md")])


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is not a docstring."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(paths.ROOT)))
def test_messages_need_not_be_decoded(module: Path) -> None:
    assert [(line, text) for line, text in texts(module) if DECODED.search(text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(paths.ROOT)))
def test_pages_need_not_be_decoded(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if DECODED.search(line)] == []
