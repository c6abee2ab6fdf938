"""What can be typed: help, wrong usage with what was meant, and what is handed on to pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli import main, usage
from orchestrator.cli.verbs.develop import pytest_options
from orchestrator.errors import Failure
from tests.orchestrator.cli.typed import run, run_bare

pytestmark = pytest.mark.slow


def test_help_names_every_verb_and_every_exit_code() -> None:
    told = run("--help")
    assert told.returncode == 0
    for verb in usage.VERBS:
        assert f"    {verb} " in told.stdout
    for code in ("0 success", "1 failure", "2 plan", "3 stopped", "4 rollout", "5 a prerequisite", "64 wrong", "130"):
        assert code in " ".join(told.stdout.split())


@pytest.mark.parametrize(
    ("verb", "options"),
    [("up", ["--yes"]), ("plan", ["--detailed-exitcode"]), ("down", ["--yes"]), ("logs", ["--follow", "--since"])],
)
def test_the_help_of_a_verb_names_its_options(verb: str, options: list[str]) -> None:
    told = run(verb, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(f"usage: python3 orchestrate.py {verb} ")
    assert all(option in told.stdout for option in ["--json", *options])


@pytest.mark.parametrize("arguments", [["--help"], ["up", "--help"], ["test", "-h"]])
def test_help_needs_nothing_and_makes_nothing(bare: Path, arguments: list[str]) -> None:
    told = run_bare(bare, *arguments)
    assert told.returncode == 0, told.stderr
    assert "usage: python3 orchestrate.py" in told.stdout
    assert not (bare / ".venv").exists()


def test_nothing_typed_shows_the_help() -> None:
    told = run()
    assert told.returncode == 64
    assert "usage: python3 orchestrate.py" in told.stderr


WRONG = [
    ["frob"], ["up", "--frob"], ["up", "local", "more"], ["status", "nowhere"],
    ["logs", "--since", "x"], ["logs", "--since", "-5m"],
    ["logs", "--failed", "--follow"], ["logs", "--failed", "--since", "5m"], ["freeze"], ["freeze", "--reason", " "],
    ["freeze", "nowhere", "--reason", "x"], ["freeze", "--reason", "x" * 501], ["unfreeze", "--reason", "x"],
    ["up", "--despite-freeze"], ["up", "--despite-freeze", ""], ["down", "--despite-freeze", "\x1b[2J"],
    ["ci", "plan", "local", "--despite-freeze", "x"], ["diff", "words", "local"],
    ["releases", "r7", "--audit"], ["releases", "r7", "nowhere"],
    ["logs", "words", "nowhere"], ["apply"], ["stop", "staging"], ["ci"], ["ci", "frob"],
    ["ci", "plan"], ["ci", "apply", "--json"],
    ["ci", "plan", "staging", "--commit", "abc"], ["review", "-", "--format", "x"], ["test", "--hlep"],
    ["test", "-k", "x", "--lonh"], ["test", "-Z"], ["test", "--maxfial=1", "tests"],
    ["check", "staging"], ["check", "--jsn"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_told_before_anything_is_installed(bare: Path, arguments: list[str]) -> None:
    told = run_bare(bare, *arguments)
    assert told.returncode == 64
    assert told.stderr.startswith("error: ")
    assert "next:  " in told.stderr
    assert sorted(item.name for item in bare.parent.iterdir()) == ["bare"]
    assert not {".venv", ".storyizer"} & {item.name for item in bare.iterdir()}


@pytest.mark.parametrize(
    "arguments",
    [["frob"], ["up", "--frob"], ["up", "local", "more"], ["status", "nowhere"], ["up", "staging", "--watch"]],
)
def test_wrong_usage_is_one_message_and_64(arguments: list[str]) -> None:
    told = run(*arguments)
    assert told.returncode == 64
    assert told.stdout == ""
    assert told.stderr.startswith("error: ")
    assert "next:  " in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("typed", "message", "next_step"),
    [
        (["stauts", "staging"], "there is no verb 'stauts'", "python3 orchestrate.py status staging"),
        (["qqqqq"], "there is no verb 'qqqqq'", "python3 orchestrate.py --help "),
        (["up", "--jsn"], "unrecognized argument: --jsn; did you mean --json?", "python3 orchestrate.py up --help"),
        (["up", "local", "a", "b"], "unrecognized arguments: a b", "python3 orchestrate.py up --help"),
        (["logs", "--since", "x"], "argument --since", "python3 orchestrate.py logs --help"),
        (["ci", "plan"], "`ci plan` needs an environment", "python3 orchestrate.py ci plan staging "),
    ],
    ids=str,
)  # fmt: skip
def test_a_usage_error_says_what_can_be_typed(typed: list[str], message: str, next_step: str) -> None:
    with pytest.raises(Failure) as refused:
        main.understood(typed)
    assert refused.value.message.startswith(f"wrong usage: {message}")
    assert refused.value.next_step.startswith(next_step)


def test_an_option_that_is_nearly_one_is_told_which() -> None:
    assert "unrecognized argument: --hlep; did you mean --help?" in run("test", "--hlep").stderr
    assert "unrecognized argument: --maxfial=1; did you mean --maxfail?" in run("test", "--maxfial=1").stderr


def test_stop_is_for_the_local_environment() -> None:
    told = run("stop", "production")
    assert told.returncode == 64
    assert "python3 orchestrate.py down production" in told.stderr


@pytest.mark.parametrize(
    "words",
    [["-k", "x and not y", "-q"], ["-xvs", "tests/ci"], ["--maxfail=1"], ["--maxfail", "-1"], ["--long"], ["-rA"], [],
     ["--", "--hlep"], ["-p", "no:cacheprovider", "--its-option"]],
)  # fmt: skip
def test_what_is_pytest_s_goes_to_pytest(words: list[str]) -> None:
    assert main.understood(["test", *words])[0].rest == words


def test_the_options_that_are_let_through_are_those_that_pytest_knows(pytestconfig: pytest.Config) -> None:
    parser = pytestconfig._parser
    known = {
        name for group in [*parser._groups, parser._anonymous] for option in group.options for name in option.names()
    }
    assert known == pytest_options.OPTIONS
