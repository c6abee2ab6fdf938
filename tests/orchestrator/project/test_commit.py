"""The commit that an image says it was built from, with real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.project import commit
from orchestrator.system import process


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


def test_it_is_the_commit_and_whether_the_files_differ_from_it(git: Callable[..., str], tmp_path: Path) -> None:
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


def test_without_git_it_is_unknown(git: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "which", lambda name: None)
    assert commit.of([tmp_path / "a copy" / "words"]) == "unknown"


def test_the_log_between_is_of_these_files_newest_first_and_cut(git: Callable[..., str], tmp_path: Path) -> None:
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
def test_without_a_commit_that_is_known_here_there_is_no_log(git: Callable[..., str], tmp_path: Path, old: str) -> None:
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    assert commit.between(old, [tmp_path / "a copy" / "words"]) == ()
    assert sorted(file.name for file in (tmp_path / "a copy").iterdir()) == [".git", "other.txt", "words"]


@pytest.fixture
def repository(git: Callable[..., str], tmp_path: Path) -> tuple[Path, list[Path], str]:
    """A repository with everything committed; its folder, the files that are asked for, and its commit."""
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    folder = tmp_path / "a copy"
    return folder, [folder / "words", folder / "other.txt"], git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    "hide",
    [
        ("update-index", "--assume-unchanged", "words/app.py"),
        ("update-index", "--skip-worktree", "words/app.py"),
        ("config", "core.fileMode", "false"),
        ("config", "core.fsmonitor", "/bin/false"),
        ("config", "status.showUntrackedFiles", "no"),
        ("config", "core.sparseCheckout", "true"),
        ("config", "core.excludesFile", "../ignored"),
        ("config", "diff.ignoreSubmodules", "all"),
        ("config", "diff.autoRefreshIndex", "false"),
        ("config", "diff.external", "/bin/false"),
        ("config", "core.ignoreStat", "true"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("change", ["edit", "mode", "new"])
def test_what_git_is_told_not_to_see_counts(
    git: Callable[..., str],
    repository: tuple[Path, list[Path], str],
    tmp_path: Path,
    hide: tuple[str, str, str],
    change: str,
) -> None:
    folder, files, head = repository
    (tmp_path / "ignored").write_text("*\n")
    git(*hide)
    # As git sees it, without a change of what is in it.
    (folder / "words" / "app.py").touch()
    assert commit.of(files) == str(commit.look(files, new_in=[folder / "words"])) == head
    if change == "edit":
        (folder / "words" / "app.py").write_text("print(2)\n")
    elif change == "mode":
        (folder / "words" / "app.py").chmod(0o755)
    else:
        (folder / "words" / "new.py").write_text("")
    assert commit.of(files) == str(commit.look(files, new_in=[folder / "words"])) == f"{head}-dirty"


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        ("words/new.py", True),
        ("words/deep/new.py", True),
        ("elsewhere/new.txt", False),
        ("words/app.py", True),
        ("other.txt", True),
    ],
)
def test_a_new_file_counts_where_it_is_looked_for_a_changed_one_everywhere(
    repository: tuple[Path, list[Path], str], change: str, dirty: bool
) -> None:
    folder, _, _ = repository
    places = {folder / "words", folder / "words" / "deep", folder.parent / "outside", folder / "not there"}
    assert not commit.look([folder], new_in=places).dirty
    (folder / change).parent.mkdir(parents=True, exist_ok=True)
    (folder / change).write_text("2")
    assert commit.look([folder], new_in=places).dirty == dirty
    assert commit.look([folder], new_in=()).dirty == (dirty and not change.endswith("new.py"))
    assert commit.look([folder]).dirty


@pytest.mark.parametrize("place", [".gitignore", "words/.gitignore", ".git/info/exclude"])
def test_a_file_that_git_ignores_counts_where_it_is_asked_for(
    git: Callable[..., str], repository: tuple[Path, list[Path], str], place: str
) -> None:
    folder, files, _ = repository
    (folder / place).write_text("*.env\n.gitignore\n")
    git("add", "--force", ".")
    git("commit", "--quiet", "--allow-empty", "--message", "ignore")
    head = git("rev-parse", "HEAD")
    assert commit.of(files) == head
    secret = folder / "words" / "deep" / "secrets.env"
    secret.parent.mkdir()
    secret.write_text("x")
    assert commit.of(files) == f"{head}-dirty"
    assert commit.of(files, lambda path, is_new: path != secret) == head
    assert commit.of(files, lambda path, is_new: not is_new) == head


def test_a_change_in_a_submodule_counts(
    git: Callable[..., str], repository: tuple[Path, list[Path], str], tmp_path: Path
) -> None:
    folder, files, _ = repository
    other = tmp_path / "other"
    other.mkdir()
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--message", "first"]):
        git("-C", str(other), *command)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "words/sub")
    git("config", "submodule.words/sub.ignore", "all")
    git("commit", "--quiet", "--message", "submodule")
    head = git("rev-parse", "HEAD")
    assert commit.of(files) == head
    (folder / "words" / "sub" / "new.txt").write_text("x")
    assert commit.of(files) == str(commit.look(files, new_in=())) == f"{head}-dirty"


@pytest.mark.parametrize(
    "names", [("GIT_DIR",), ("GIT_DIR", "GIT_WORK_TREE"), ("GIT_INDEX_FILE",), ("GIT_COMMON_DIR",)]
)
def test_another_repository_in_the_environment_is_not_asked(
    git: Callable[..., str],
    repository: tuple[Path, list[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
) -> None:
    _, files, head = repository
    other = tmp_path / "another"
    git("init", "--quiet", str(other))
    git("-C", str(other), "commit", "--quiet", "--allow-empty", "--message", "another")
    values = {"GIT_WORK_TREE": other, "GIT_INDEX_FILE": other / ".git" / "index"}
    for name in names:
        monkeypatch.setenv(name, str(values.get(name, other / ".git")))
    assert commit.of(files) == head
    assert commit.head(files[0]).name == head
    assert commit.between(head, files) == ()


def test_git_runs_nothing_of_the_persons_and_writes_nothing(
    git: Callable[..., str], repository: tuple[Path, list[Path], str], tmp_path: Path
) -> None:
    folder, files, head = repository
    hook = folder / ".git" / "hooks" / "post-index-change"
    monitor = tmp_path / "monitor"
    for program in (hook, monitor):
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        program.chmod(0o755)
    git("config", "core.fsmonitor", str(monitor))
    (tmp_path / "ran").unlink(missing_ok=True)
    index = (folder / ".git" / "index").read_bytes()
    assert commit.of(files) == head
    assert not (tmp_path / "ran").exists()
    assert (folder / ".git" / "index").read_bytes() == index
    assert not list((folder / ".git").glob("*.lock"))


def test_a_worktree_has_a_commit_of_its_own(
    git: Callable[..., str], repository: tuple[Path, list[Path], str], tmp_path: Path
) -> None:
    folder, _, head = repository
    git("worktree", "add", "--quiet", str(tmp_path / "worktree"))
    (tmp_path / "worktree" / "words" / "app.py").write_text("print(2)\n")
    there = [tmp_path / "worktree" / "words"]
    assert commit.of(there) == f"{head}-dirty"
    assert commit.of([folder / "words"]) == head
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    git("-C", str(tmp_path / "worktree"), *who, "commit", "--quiet", "--all", "--message", "second")
    assert commit.of(there) == git("-C", str(tmp_path / "worktree"), "rev-parse", "HEAD") != head


def test_a_folder_in_somebody_elses_repository_has_no_commit(
    git: Callable[..., str], repository: tuple[Path, list[Path], str]
) -> None:
    folder, _, _ = repository
    copy = folder / "unpacked"
    copy.mkdir()
    (copy / "app.py").write_text("")
    assert commit.of([copy / "app.py"]) == "unknown"
    assert "does not hold it" in commit.head(copy).reason


def test_why_git_does_not_tell_is_kept_in_its_own_words(
    git: Callable[..., str], repository: tuple[Path, list[Path], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, files, _ = repository
    # git's own way to act as if somebody else owned the folder.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = commit.look(files)
    assert str(found) == "unknown"
    assert found.short == ""
    assert found.reason.startswith(f"detected dubious ownership in repository at '{folder}'")
    assert "git config --global --add safe.directory" in found.reason
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(folder))
    assert "dubious" not in commit.look(files).reason


def test_a_name_that_looks_like_a_pattern_is_a_name(
    git: Callable[..., str], repository: tuple[Path, list[Path], str]
) -> None:
    folder, _, _ = repository
    (folder / "[w]ords").mkdir()
    (folder / "[w]ords" / "a.txt").write_text("1")
    git("--literal-pathspecs", "add", "[w]ords")
    git("commit", "--quiet", "--message", "second")
    (folder / "words" / "app.py").write_text("print(2)\n")
    assert commit.of([folder / "[w]ords"]) == git("rev-parse", "HEAD")


def test_the_files_of_a_folder_that_differ_from_a_commit_are_named_from_that_folder(
    git: Callable[..., str], tmp_path: Path
) -> None:
    folder = tmp_path / "a copy"
    assert commit.changed("0123456789ab", folder) is None, "no repository"
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    head = git("rev-parse", "--short=12", "HEAD")
    assert commit.changed(head, folder / "words") == ()
    (folder / "other.txt").write_text("2")
    assert commit.changed(head, folder / "words") == (), "it is not in that folder"
    (folder / "words" / "app.py").write_text("print(2)\n")
    assert commit.changed(f"{head}-dirty", folder / "words") == ("app.py",)
    git("commit", "--quiet", "--all", "--message", "second")
    assert commit.changed(head, folder) == ("other.txt", "words/app.py")
    assert commit.changed("", folder) is None
    assert commit.changed("0123456789ab", folder) is None, "not known here"
