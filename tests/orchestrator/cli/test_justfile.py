"""The Justfile: a recipe for every verb, which runs it and says nothing of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli import usage
from orchestrator.system import paths

pytestmark = pytest.mark.slow


def test_every_recipe_of_the_justfile_is_a_verb_and_every_verb_has_one() -> None:
    text = (paths.ROOT / "Justfile").read_text()
    for verb in usage.VERBS:
        assert f'\n[no-exit-message]\n{verb} *ARGS:\n    @python3 orchestrate.py {verb} "$@"\n' in text
    assert text.count("*ARGS:") == len(usage.VERBS)


def test_just_lists_the_verbs_and_runs_them() -> None:
    just = Path(sys.executable).with_name("just")
    listed = subprocess.run([just], text=True, capture_output=True, cwd=paths.ROOT, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [
        "up", "plan", "apply", "rollback", "promote", "review", "ci", "status", "releases", "logs", "diff", "images",
        "exec", "run", "scale", "stop", "anywhere", "freeze", "unfreeze", "down", "verify", "doctor", "check", "lock",
        "import", "test",
    ]  # fmt: skip
    same = [str(just), "stop", "staging"], [sys.executable, "orchestrate.py", "stop", "staging"]
    told = [subprocess.run(call, text=True, capture_output=True, cwd=paths.ROOT, check=False) for call in same]
    assert told[1].stderr.startswith("error: staging is on AWS")
    assert told[0].stderr == told[1].stderr
    assert [call.returncode for call in told] == [64, 64]


@pytest.mark.parametrize("verb", usage.VERBS)
def test_just_says_nothing_of_its_own_and_hands_on_every_word(verb: str) -> None:
    words = ["--frob", "two words", "$HOME", "`id`", "'"]
    just = Path(sys.executable).with_name("just")
    same = [str(just), verb, *words], [sys.executable, "orchestrate.py", verb, *words]
    told = [subprocess.run(call, text=True, capture_output=True, cwd=paths.ROOT, check=False) for call in same]
    assert told[0].stderr == told[1].stderr
    assert [call.returncode for call in told] == [64, 64]
