"""The commit that an image says it was built from, with real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import commit


@pytest.fixture
def git(tmp_path: Path, program: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs git in a folder with `words/app.py` and `other.txt`, as somebody with no settings."""
    executable = program("git")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "a copy" / "words").mkdir(parents=True)
    (tmp_path / "a copy" / "words" / "app.py").write_text("print(1)\n")
    (tmp_path / "a copy" / "other.txt").write_text("1")

    def run(*arguments: str) -> str:
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        done = subprocess.run(
            [executable, *who, *arguments], cwd=tmp_path / "a copy", check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


def test_it_is_the_commit_and_whether_the_files_differ_from_it(git, tmp_path):
    folder = tmp_path / "a copy"
    files = [folder / "words", folder / "other.txt"]
    assert commit.of(files) == "unknown", "no repository"
    git("init", "--quiet")
    assert commit.of(files) == "unknown", "no commit yet"
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    head = git("rev-parse", "HEAD")
    assert commit.of(files) == head

    (folder / "elsewhere.txt").write_text("not asked for")
    assert commit.of(files) == head
    (folder / "words" / "new.py").write_text("")
    assert commit.of(files) == f"{head}-dirty"
    (folder / "words" / "new.py").unlink()
    (folder / "words" / "app.py").unlink()
    assert commit.of(files) == f"{head}-dirty"


def test_without_git_it_is_unknown(git, tmp_path, monkeypatch):
    monkeypatch.setattr(commit.process, "which", lambda name: None)
    assert commit.of([tmp_path / "a copy" / "words"]) == "unknown"


def test_the_log_between_is_of_these_files_newest_first_and_cut(git, tmp_path):
    folder = tmp_path / "a copy"
    files = [folder / "words", folder / "other.txt"]
    assert commit.between("0123456789ab", files) == (), "no repository"
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    head = git("rev-parse", "--short=12", "HEAD")
    assert commit.between(head, files) == ()
    for number in range(4):
        (folder / "words" / "app.py").write_text(f"print({number})\n")
        git("commit", "--quiet", "--all", "--message", f"words say {number}")
    (folder / "elsewhere.txt").write_text("not asked for")
    git("add", ".")
    git("commit", "--quiet", "--message", "elsewhere")
    told = commit.between(head, files)
    assert [line.split(" ", 1)[1] for line in told] == [f"words say {number}" for number in (3, 2, 1, 0)]
    assert commit.between(f"{head}-dirty", files) == told
    assert commit.between(head, files, limit=3) == (*told[:3], "and 1 more")


@pytest.mark.parametrize("old", ["", "unknown", "0123456789ab", "--output=x", "HEAD; true"])
def test_without_a_commit_that_is_known_here_there_is_no_log(git, tmp_path, old):
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    assert commit.between(old, [tmp_path / "a copy" / "words"]) == ()
    assert sorted(file.name for file in (tmp_path / "a copy").iterdir()) == [".git", "other.txt", "words"]
