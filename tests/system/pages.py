"""A page for people, followed: its files are written and its commands typed in a clone, in order, as they stand.

What a page has of this kind is fenced:

    a `console` block    one shell: what stands behind `$ ` is typed; the lines below are what it prints
    any other block      a file, if its first line is a comment with a path (`# services/hello/Dockerfile`)

A command goes on in a line that begins with `> `, or behind one that ends with a backslash. Of what is printed, `...`
stands for any lines; times, ids, digests and ports differ from run to run and are not compared, and a line that says
what begins may be missing. A command has to end with 0, unless the next one asks for its exit code: `echo $?`.
"""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROMPT, MORE = "$ ", "> "
ELIDED = "..."
# What begins: a terminal shows it until it has ended.
BEGINS = re.compile(r"TIME .* \.\.\.")
# Between the outputs of two commands.
MARK = "-- the next command of the page --"
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
NAMED = re.compile(r"(?:#|//) ([\w.-]+(?:/[\w.-]+)+)\n")
DIFFERS = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "SECONDS"),
    (re.compile(r"\b(?:[0-9a-f]{12,64}|[0-9a-f]{8})\b"), "ID"),
    (re.compile(r"\b127\.0\.0\.\d:\d+"), "ADDRESS"),
)


@dataclass(frozen=True)
class Command:
    """What is typed, and the lines that the page shows of what it prints: none if it shows nothing."""

    typed: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shell:
    """Commands that are typed into one shell."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class File:
    """A file that is written."""

    name: str
    text: str


def steps(text: str) -> Iterator[Shell | File]:
    """What a page says to do, in order."""
    for language, block in FENCE.findall(text):
        if language == "console":
            yield Shell(tuple(_commands(block)))
        elif named := NAMED.match(block):
            yield File(named[1], block)


def commands(text: str) -> Iterator[Command]:
    """What a page says to type, in order."""
    for step in steps(text):
        if isinstance(step, Shell):
            yield from step.commands


def _commands(block: str) -> Iterator[Command]:
    for part in re.split(r"(?m)^\$ ", block)[1:]:
        typed, *lines = part.splitlines()
        while lines and (lines[0].startswith(MORE) or typed.endswith("\\")):
            typed += "\n" + lines.pop(0).removeprefix(MORE)
        yield Command(typed, tuple(lines))


def follow(page: Path, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Do all of it in the folder, with these environment variables; what each command has printed.

    Raises `AssertionError` if a command fails, or prints something else than the page shows.
    """
    printed = []
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, File):
            file = folder / step.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text, encoding="utf-8")
        else:
            printed += type_in(step, folder, environment)
    return printed


def type_in(shell: Shell, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Type the commands into a shell; what each has printed. Raises `AssertionError` as `follow` does."""
    ended = subprocess.run(
        ["sh", "-c", "".join(_script(shell))], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    *printed, rest = ended.stdout.split(f"{MARK}\n")
    done = shell.commands[: len(printed)]
    assert ended.returncode == 0, f"{done[-1].typed if done else ''} ended with {ended.returncode}:\n{printed}{rest}"
    for command, said in zip(done, printed, strict=True):
        assert is_as_shown(command.shown, said), f"{command.typed} printed:\n{said}\nnot:\n" + "\n".join(command.shown)
    return printed


def _script(shell: Shell) -> Iterator[str]:
    for command, following in itertools.zip_longest(shell.commands, shell.commands[1:]):
        yield f"{command.typed}\n_ended=$?; echo '{MARK}'\n"
        # The next command finds in `$?` what it asks for; where none asks, a failure is the end.
        is_asked = following is not None and following.typed.startswith("echo $?")
        yield "(exit $_ended)\n" if is_asked else "[ $_ended = 0 ] || exit $_ended\n"


def is_as_shown(shown: Sequence[str], printed: str) -> bool:
    """True if a page that shows these lines, or nothing, shows what was printed."""
    if not shown:
        return True
    one, other = ([plain for line in lines if not BEGINS.fullmatch(plain := _plain(line))] for lines in
                  (shown, printed.splitlines()))  # fmt: skip
    return _fits(one, other)


def _fits(shown: Sequence[str], lines: Sequence[str]) -> bool:
    if not shown:
        return not lines
    first, *others = shown
    if first == ELIDED:
        return any(_fits(others, lines[start:]) for start in range(len(lines) + 1))
    return bool(lines) and lines[0] == first and _fits(others, lines[1:])


def _plain(line: str) -> str:
    for differs, name in DIFFERS:
        line = differs.sub(name, line)
    return " ".join(line.split())
