"""`apply` as it is typed: it says at once what takes long."""

from __future__ import annotations

import threading

import pytest

from orchestrator import console
from orchestrator.cli import main
from orchestrator.console import Console


@pytest.mark.parametrize(
    ("typed", "line"),
    [(["apply", "a"], "reading the bundle ..."), (["apply", "a", "local"], "local: reading the bundle ...")],
)
def test_apply_says_what_it_reads_before_it_has_anything_else_to_say(
    typed: list[str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    heard = threading.Event()

    def say(self: Console, text: str = "") -> None:
        said.append(text)
        if text == line:
            heard.set()

    monkeypatch.setattr(console, "SILENCE_SECONDS", 0.0)
    monkeypatch.setattr(Console, "say", say)
    monkeypatch.setattr("orchestrator.cli.verbs.deploy.apply.run", lambda *_: 0 if heard.wait(30) else 1)
    assert main.main(typed) == 0
    assert line in said
