"""Completion at Tab: what is offered, by real shells, and what a checkout without `.venv` does."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.cli import completion, usage
from orchestrator.console import Console
from orchestrator.machine import apt, toolenv
from orchestrator.project import environment
from orchestrator.system import paths
from tests.system.checkout import lay_out, lay_packages

pytestmark = [pytest.mark.slow, pytest.mark.network]

ENVIRONMENTS = ["local", "production", "staging"]
SERVICES = ["save", "website", "words"]
SECONDS = 60
# What a shell writes to move the cursor, to colour, and to ask the terminal something.
ACTS = re.compile(r"\x1b(?:\[[0-9;?>=]*[A-Za-z]|[=>])|[\r\x07\x0f]")
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
TYPED = ["just", "python3 orchestrate.py", "./orchestrate.py"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that has been used before, so that its `.venv` is ready."""
    folder = tmp_path_factory.mktemp("checkout")
    lay_out(folder)
    lay_packages(folder)
    toolenv.prepare(folder / ".venv", folder / "requirements.txt", say=Console().say)
    return folder


def asked(line: str, answer: Path, *, start: int = 2) -> list[str]:
    """What this checkout's parser offers behind `line`."""
    variables = {
        "_ARGCOMPLETE": str(start), "_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", paths.ROOT / "orchestrator" / "__main__.py"], text=True, capture_output=True,
        cwd=paths.ROOT, env={**os.environ, **variables}, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")
    return answer.read_text().splitlines() if answer.exists() else []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", list(usage.VERBS)),
        ("s", ["status", "scale", "stop"]),
        ("up ", ENVIRONMENTS),
        ("up st", ["staging"]),
        (
            "up --",
            ["--help", "--json", "--yes", "--despite-freeze", "--verbose", "--service", "--if-changed", "--watch"],
        ),
        ("up --yes --s", ["--service"]),
        ("up --service ", SERVICES),
        ("up --service=w", ["--service=website", "--service=words"]),
        ("up --yes ", ENVIRONMENTS),
        ("up staging ", []),
        ("up --despite-freeze ", []),
        ("logs ", [*SERVICES, *ENVIRONMENTS]),
        ("logs words ", ENVIRONMENTS),
        ("logs words st", ["staging"]),
        ("rollback p", ["production"]),
        ("scale words 3 ", ENVIRONMENTS),
        ("exec ", SERVICES),
        ("exec words local -- ", []),
        ("promote st", ["staging"]),
        ("promote staging p", ["production"]),
        ("lock w", ["website", "words"]),
        ("ci ", ["plan", "apply"]),
        ("ci plan p", ["production"]),
        ("review --format ", ["terminal", "markdown", "html", "json"]),
        ("review --environment l", ["local"]),
        ("review ", []),
        ("frob ", []),
    ],
)
def test_what_can_be_typed_next_is_offered(typed: str, offered: list[str], tmp_path: Path) -> None:
    assert sorted(asked(f"python3 orchestrate.py {typed}", tmp_path / "answer")) == sorted(offered)
    assert sorted(asked(f"just {typed}", tmp_path / "just", start=1)) == sorted(offered)


def test_a_bundle_is_offered_as_it_can_be_typed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    bundle = tmp_path / ".storyizer" / "local" / "bundle"
    bundle.mkdir(parents=True)
    assert completion.bundles() == [str(bundle)]
    monkeypatch.chdir(tmp_path)
    assert completion.bundles() == [".storyizer/local/bundle"]


def test_the_services_are_those_of_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SERVICES", tmp_path)
    for name in ("words", "verbs", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "words" / "service.yaml").touch()
    (tmp_path / "verbs" / "service.yaml").touch()
    assert completion.services() == ["verbs", "words"]
    assert environment.known() == ENVIRONMENTS


def test_an_answer_loads_no_verb_and_nothing_that_talks_to_aws() -> None:
    program = "import sys; from orchestrator.cli import completion; completion.parser(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, cwd=paths.ROOT, check=True)
    loaded = set(told.stdout.split())
    assert "argcomplete" in loaded
    assert not {"boto3", "pydantic", "yaml", "rich", *(usage.module(verb) for verb in usage.VERBS)} & loaded


def test_a_checkout_without_virtual_environment_answers_nothing_and_makes_none(tmp_path: Path) -> None:
    lay_out(tmp_path)
    line = "python3 orchestrate.py up "
    variables = {"_ARGCOMPLETE": "2", "COMP_LINE": line, "COMP_POINT": str(len(line)), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [os.path.realpath(sys.executable), "orchestrate.py"], text=True, capture_output=True, cwd=tmp_path,
        env=variables, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert not {".venv", ".storyizer"} & {item.name for item in tmp_path.iterdir()}


class Terminal:
    """A shell that somebody types at."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._shown = ""

    def type(self, text: str) -> None:
        """Type, and forget what was shown before."""
        self._shown = ""
        os.write(self._terminal, text.encode())

    def shows(self, pattern: str) -> str:
        """Wait until it has shown this; everything that it has shown since something was typed."""
        until = time.monotonic() + SECONDS
        while not re.search(pattern, shown := ACTS.sub("", self._shown)):
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"no {pattern!r} in {self._shown!r}"
            self._shown += os.read(self._terminal, 65_536).decode(errors="replace")
        return shown


@contextmanager
def shell(arguments: list[str], folder: Path, **variables: str) -> Iterator[Terminal]:
    """An interactive shell in a folder, with a prompt that is nothing but `>`."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        clean = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        os.execvpe(arguments[0], arguments, {**clean, "HOME": str(folder), "TERM": "xterm", **variables})
    try:
        yield Terminal(terminal)
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(child, 0)


@pytest.fixture(scope="module")
def bash_completion() -> Path:
    """Debian's collection of completions."""
    if not BASH_COMPLETION.exists():
        apt.install(["bash-completion"], Console().say, "a test needs it")
    return BASH_COMPLETION


@contextmanager
def bash(folder: Path, *sourced: str | Path) -> Iterator[Terminal]:
    """A bash that has read these files and then ours."""
    with shell(["bash", "--norc", "--noprofile", "-i"], folder, PS1=">") as terminal:
        for file in (*sourced, folder / "completions" / "orchestrate.bash"):
            terminal.type(f"source {shlex.quote(str(file))}; bind 'set bell-style none'; echo re''ad\n")
            terminal.shows("read\n>")
        yield terminal


@contextmanager
def zsh(folder: Path, program: str) -> Iterator[Terminal]:
    """A zsh with its own completions and ours."""
    with shell([program, "-f", "-i"], folder, PS1=">") as terminal:
        terminal.type("autoload -U compinit && compinit -u -D; unsetopt beep; PROMPT_EOL_MARK=\n")
        terminal.type("source completions/orchestrate.zsh; echo re''ad\n")
        terminal.shows("read\n")
        yield terminal


def words(shown: str) -> set[str]:
    """The words that a terminal shows."""
    return set(re.findall(r"[\w.-]+", shown))


@pytest.mark.parametrize("typed", TYPED)
def test_bash_completes_however_it_is_typed(typed: str, checkout: Path, bash_completion: Path) -> None:
    with bash(checkout, bash_completion) as terminal:
        terminal.type(f"{typed} promo\t")
        assert "promote " in terminal.shows("promote ")
        terminal.type("\x15" + f"{typed} up \t\t")
        assert set(ENVIRONMENTS) <= words(terminal.shows("staging"))
        terminal.type("\x15" + f"{typed} logs wo\t")
        terminal.shows("words ")
        terminal.type("\x15" + f"{typed} up --despite\t")
        terminal.shows("--despite-freeze ")
        terminal.type("\x15" + f"{typed} review requirements-t\t")
        terminal.shows(r"requirements-test\.")


def test_bash_completes_everything_else_as_before(checkout: Path, bash_completion: Path, tmp_path: Path) -> None:
    (tmp_path / "of_my_own.py").touch()
    before = tmp_path / "before"
    before.write_text("_before() { COMPREPLY=(--of-just); }\ncomplete -F _before just\n")
    with bash(checkout, bash_completion, before) as terminal:
        terminal.type(f"cd {shlex.quote(str(tmp_path))}; echo re''ad\n")
        terminal.shows("read\n>")
        terminal.type("python3 of_m\t")
        terminal.shows(r"of_my_own\.py ")
        terminal.type("\x15python3 -m zipa\t")
        terminal.shows("zipapp")
        terminal.type("\x15just \t")
        terminal.shows("--of-just")
        terminal.type(f"\x15python3 {checkout}/orchestrate.py promo\t")
        terminal.shows("promote ")


def test_a_script_that_answers_no_shell_is_not_run(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "Justfile").touch()
    (tmp_path / "orchestrate.py").write_text("open('was run', 'w').close()\n")
    with bash(checkout) as terminal:
        terminal.type(f"cd {shlex.quote(str(tmp_path))}; echo re''ad\n")
        terminal.shows("read\n>")
        for typed in ("just orch", "python3 orchestrate.py orch"):
            terminal.type(f"\x15{typed}\t")
            terminal.shows("estrate.py ")
    assert not (tmp_path / "was run").exists()


@pytest.mark.parametrize("typed", TYPED)
def test_zsh_completes_however_it_is_typed(typed: str, checkout: Path, program: Callable[..., str]) -> None:
    with zsh(checkout, program("zsh")) as terminal:
        terminal.type(f"{typed} promo\t")
        terminal.shows("te ")
        terminal.type("\x15" + f"{typed} up \t")
        assert set(ENVIRONMENTS) <= words(terminal.shows("staging"))
        terminal.type("\x15" + f"{typed} logs wo\t")
        terminal.shows("rds ")
        terminal.type("\x15" + f"{typed} review requirements-t\t")
        terminal.shows(r"est\.")


def test_zsh_completes_everything_else_as_before(checkout: Path, program: Callable[..., str]) -> None:
    with zsh(checkout, program("zsh")) as terminal:
        terminal.type("touch of_my_own.py; python3 of_m\t")
        terminal.shows(r"y_own\.py")


@pytest.mark.parametrize("typed", TYPED)
def test_fish_completes_however_it_is_typed(typed: str, checkout: Path, program: Callable[..., str]) -> None:
    def offered(line: str) -> set[str]:
        told = subprocess.run(
            [program("fish"), "--no-config", "-c", f"source completions/orchestrate.fish; complete -C {line!r}"],
            cwd=checkout, env={"PATH": os.environ["PATH"], "HOME": str(checkout)}, text=True, capture_output=True,
            check=True,
        )  # fmt: skip
        return {word.partition("\t")[0] for word in told.stdout.splitlines()}

    assert offered(f"{typed} promo") == {"promote"}
    assert offered(f"{typed} up ") == set(ENVIRONMENTS)
    assert offered(f"{typed} logs wo") == {"words"}
    assert offered(f"{typed} review requirements-t") >= {"requirements-test.in", "requirements-test.txt"}
    assert "staging" not in offered("python3 -c ")


def test_each_file_of_completions_says_how_it_is_used() -> None:
    files = {file.suffix for file in (paths.ROOT / "completions").iterdir()}
    text = (paths.ROOT / "docs" / "commands.md").read_text()
    assert files == {".bash", ".zsh", ".fish"}
    assert all(f"completions/orchestrate{suffix}" in text for suffix in files)
