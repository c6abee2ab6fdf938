"""What pages show of commands' output is what is printed today."""

from __future__ import annotations

import pytest

from orchestrator.system import paths
from tests.system import pages
from tests.system.conftest import Clone
from tests.system.pages import Shell

pytestmark = pytest.mark.system


@pytest.mark.parametrize("name", ["exec"])
def test_a_page_shows_what_is_printed(name: str, base: Clone, terminal: dict[str, str]) -> None:
    text = (paths.ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    shells = [step for step in pages.steps(text) if isinstance(step, Shell)]
    shown = [shell for shell in shells if any(command.shown for command in shell.commands)]
    assert shown
    for shell in shown:
        pages.type_in(shell, base.folder, terminal)
