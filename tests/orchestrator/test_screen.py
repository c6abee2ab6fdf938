"""Lines on a terminal: folded at words, below the column that they stand in."""

from __future__ import annotations

import io
import os
import pty
import shlex
import struct
import subprocess
import termios
from fcntl import ioctl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import screen

STAGE = "✓ smoke test                   0.2 s  save: POST /api/stories 201, GET /api/stories/x 200, DELETE /api/x 204"


@pytest.mark.parametrize(
    ("line", "columns", "shown"),
    [
        ("short", 80, ["short"]),
        ("one two three", 9, ["one two", "  three"]),
        ("  one two three", 11, ["  one two", "    three"]),
        ("next:  open the page and read", 18, ["next:  open the", "       page and", "       read"]),
        ("  | a traceback's long line", 16, ["  | a", "  | traceback's", "  | long line"]),
        (STAGE, 80, [
            "✓ smoke test                   0.2 s  save: POST /api/stories 201,",
            "                                      GET /api/stories/x 200, DELETE /api/x 204",
        ]),
        ("live after it (or: python3 up)", 25, ["live after it", "  (or: python3 up)"]),
        ("it is gone. next:  python3 orchestrate.py up", 40, ["it is gone. next:", "  python3 orchestrate.py up"]),
        ("replaced (Terraform counts this as 1 to add, 1 to change, 1 to destroy)", 70, [
            "replaced", "  (Terraform counts this as 1 to add, 1 to change, 1 to destroy)",
        ]),
        ("say `up --watch` again", 14, ["say", "  `up --watch`", "  again"]),
        ('create module.a["http 0/0"].x (0 s)', 30, ['create module.a["http 0/0"].x', "  (0 s)"]),
        ("see https://example.com/a/long/path now", 12, ["see", "  https://example.com/a/long/path", "  now"]),
        ("create module.network.aws_subnet.public", 28, ["create module.network", "  .aws_subnet.public"]),
        ('LOW module.one["a.b c"].aws_subnet.two', 20, ["LOW module", '  .one["a.b c"]', "  .aws_subnet.two"]),
        ("이야기 저장 서비스", 12, ["이야기 저장", "  서비스"]),
        ("\x1b[31mone\x1b[0m two \x1b[2mthree\x1b[0m", 9, ["\x1b[31mone\x1b[0m two", "  \x1b[2mthree\x1b[0m"]),
        ("terraform apply: no command", 20, ["terraform apply: no", "  command"]),
        ("next:  python3 orchestrate.py up blue   writes it first", 50, [
            "next:  python3 orchestrate.py up blue   writes it", "       first",
        ]),
        ("A=1 terraform -chdir='/a b' force-unlock 12", 30, ["A=1 terraform -chdir='/a b' \\", "  force-unlock 12"]),
        ("a\nb c", 2, ["a", "b", "  c"]),
        ("", 10, [""]),
    ],
)  # fmt: skip
def test_a_line_is_folded_at_words(line: str, columns: int, shown: list[str]) -> None:
    assert screen.folded(line, columns).split("\n") == shown


def test_a_command_can_be_copied_as_it_is_folded() -> None:
    said = "next:  python3 orchestrate.py apply '/home/a b/bundle' --sha256 0123456789abcdef"
    lines = screen.folded(said, 48).split("\n")
    assert len(lines) > 1
    assert all(screen.width(line) <= 48 for line in lines)
    typed = "\n".join(lines).removeprefix("next:").replace("python3", "printf '%s\\n'", 1)
    done = subprocess.run(["sh", "-c", typed], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == shlex.split(said.removeprefix("next:"))[1:]


@given(st.lists(st.text("abc(1)[] `\"'한é", min_size=1, max_size=30), max_size=12).map(" ".join), st.integers(10, 60))
def test_folding_loses_and_adds_no_word(text: str, columns: int) -> None:
    assert screen.folded(text, columns).split() == text.split()


@given(st.lists(st.text("abc", min_size=1, max_size=8), max_size=20).map(" ".join), st.integers(10, 60))
def test_short_words_never_reach_over_the_edge(text: str, columns: int) -> None:
    assert all(screen.width(line) <= columns for line in screen.folded(text, columns).split("\n"))


@pytest.mark.parametrize(("size", "columns"), [(80, 80), (120, 120), (0, screen.USUAL_COLUMNS)])
def test_a_terminal_says_how_wide_it_is(size: int, columns: int) -> None:
    ours, its = pty.openpty()
    try:
        ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, size, 0, 0))
        with open(its, "w", closefd=False) as stream:
            assert screen.columns(stream) == columns
    finally:
        os.close(ours)
        os.close(its)


def test_a_file_has_no_width() -> None:
    assert screen.columns(io.StringIO()) is None
    with open(os.devnull, "w") as nothing:
        assert screen.columns(nothing) is None
