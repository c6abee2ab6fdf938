"""Text of other programs, shown without what would act on a terminal."""

from __future__ import annotations

import io

import pytest

from orchestrator.system import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 한국어 ümlaut", "plain text, 한국어 ümlaut"),
        ("\x1b[1;31merror\x1b[0m: no", "error: no"),
        ("\x1b[38;2;1;2;3mx\x1b[K", "x"),
        ("\x1b]0;title\x07x\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "xlink"),
        ("\x1bPdevice\x1b\\x\x1b_app\x1b\\", "x"),
        ("\x1b(Bx\x1b7\x1b8\x1bc", "x"),
        ("\x9b31mx", "x"),
        ("10%\r20%\r100%\r\n", "100%"),
        ("x\x08\x07\x00y", "xy"),
        ("a\tb", "a\tb"),
        ("cut off \x1b[3", "cut off"),
        ("cut off \x1b]0;tit", "cut off"),
    ],
)
def test_escape_sequences_and_control_characters_go(text: str, shown: str) -> None:
    assert plain.line(text) == shown


def test_lines_without_text_are_none() -> None:
    assert plain.lines("\x1b[0m\n\n  \na\n\x1b[1mb\x1b[0m\n") == ["a", "b"]


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("0123456789abcdef0123456789abcdef01234567", "0123456789ab"),
        ("0123456789abcdef0123456789abcdef01234567-dirty", "0123456789ab-dirty"),
        ("0123456789abcdef" * 4, "0123456789ab"),
        ("0123456789ab-dirty", "0123456789ab-dirty"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_commit_is_shown_by_its_first_digits(recorded: str, shown: str) -> None:
    assert plain.commit(recorded) == shown


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert plain.colour_wanted(Screen())
    assert not plain.colour_wanted(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not plain.colour_wanted(Screen())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not plain.colour_wanted(Screen())
