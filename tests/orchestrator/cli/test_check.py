"""`check` finds what it is there to find, in a copy of the checkout, and names what corrects it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import orchestrate
from orchestrator.cli.verbs.develop import check
from orchestrator.cli.verbs.develop.check import Result, Step
from orchestrator.system import paths

NAMES = ["ruff check", "ruff format", "mypy", "terraform fmt", "generated pages"]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".storyizer", ".terraform", "__pycache__", ".pytest_cache", ".hypothesis", "*.png"
)
TYPE_ERROR = '"""Wrong."""\n\nvalue: int = "text"\n'
TYPED = ("orchestrator", "services/servicekit", "services/website/app", "services/words/app", "services/save/app",
         "benchmarks", "tools", "tests", "tests/ci", "tests/orchestrator/cli", "tests/review", "tests/services",
         "tests/services/example/app", "tests/system", "tests/terraform")  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout."""
    return Path(shutil.copytree(paths.ROOT, tmp_path_factory.mktemp("copy") / "checkout", ignore=LEFT_OUT))


def run(checkout: Path) -> tuple[dict[str, dict[str, Any]], subprocess.CompletedProcess[str]]:
    """Each step by its name as `check --json` gives it, and what else it said."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.cli.main", "check", "--json"], cwd=checkout, text=True,
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return {step["name"]: step for step in json.loads(done.stdout)["steps"]}, done


def result(output: list[str], *, ok: bool = False) -> Result:
    return Result(Step("tool", ("tool",), "tool --fix"), ok, 1.25, tuple(output))


@pytest.mark.terraform
def test_a_type_error_a_badly_formatted_file_and_a_stale_page_each_fail_it(checkout: Path) -> None:
    wrong = [checkout / folder / "wrong.py" for folder in TYPED]
    badly, page = checkout / "tests" / "badly.py", checkout / "terraform" / "modules" / "ecr" / "README.md"
    current = page.read_text()
    for file in wrong:
        file.write_text(TYPE_ERROR)
    badly.write_text("value  =  1\n")
    page.write_text(current.replace("| `name` |", "| `title` |"))
    steps, done = run(checkout)

    assert done.returncode == 1 and list(steps) == NAMES
    found_wrong = [name for name, step in steps.items() if step["status"] == "failed"]
    assert found_wrong == ["ruff format", "mypy", "generated pages"]
    found = " ".join(steps["mypy"]["output"])
    assert all(f"{folder}/wrong.py:3: error: Incompatible types" in found for folder in TYPED)
    assert any(line.startswith("tests/badly.py:1:") for line in steps["ruff format"]["output"])
    assert steps["generated pages"]["output"] == ["terraform/modules/ecr/README.md is out of date"]
    for name, step in steps.items():
        assert f"{name}: {step['status']} (" in done.stderr
        assert (step["next_step"] is None) == (step["status"] == "ok")
        assert step["next_step"] is None or f"next:  {step['next_step']}" in done.stderr
    assert "error: 3 of 5 checks failed: ruff format, mypy, generated pages\n" in done.stderr

    # What corrects them, as it is named. A type error is for a person to correct.
    for name in ("ruff format", "generated pages"):
        subprocess.run(steps[name]["next_step"].split(), cwd=checkout, check=True, capture_output=True)
    assert badly.read_text() == "value = 1\n" and page.read_text() == current
    for file in wrong:
        file.unlink()
    badly.write_text("import os\n")
    (checkout / "terraform" / "badly.tf").write_text("locals {\n  a = 1\n  longer = 2\n}\n")
    steps, done = run(checkout)

    assert [name for name, step in steps.items() if step["status"] == "failed"] == ["ruff check", "terraform fmt"]
    assert any("tests/badly.py:1:8: F401" in line for line in steps["ruff check"]["output"])
    assert "terraform/badly.tf" in steps["terraform fmt"]["output"]
    for name in ("ruff check", "terraform fmt"):
        subprocess.run(steps[name]["next_step"].split(), cwd=checkout, check=True, capture_output=True)
    assert badly.read_text() == ""
    assert (checkout / "terraform" / "badly.tf").read_text() == "locals {\n  a      = 1\n  longer = 2\n}\n"


def test_a_step_shows_what_it_found_and_what_corrects_it() -> None:
    assert check.shown(result(["a.py:1", "a.py:2"])) == "  | a.py:1\n  | a.py:2\nnext:  tool --fix"


def test_a_step_that_found_a_great_deal_does_not_flood_the_terminal() -> None:
    lines = check.shown(result([f"a.py:{number}" for number in range(check.LINES_SHOWN + 5)])).splitlines()
    assert len(lines) == check.LINES_SHOWN + 2
    assert "5 more lines" in lines[-2]


def test_the_answer_for_programs_has_every_step() -> None:
    assert check.as_json([result([], ok=True), result(["x"])]) == {
        "steps": [
            {"name": "tool", "status": "ok", "seconds": 1.25, "next_step": None, "output": []},
            {"name": "tool", "status": "failed", "seconds": 1.25, "next_step": "tool --fix", "output": ["x"]},
        ],
    }


def test_commands_are_named_as_they_are_typed_in_the_checkout() -> None:
    here = check.steps(paths.ROOT / ".venv" / "bin" / "python", Path("terraform"))
    assert [step.name for step in here] == NAMES
    assert here[1].fix == ".venv/bin/python -m ruff format"


def test_it_gets_the_tools_of_developers_and_a_deploy_does_not() -> None:
    assert orchestrate.requirements(["check", "--json"]) == [paths.ROOT / "requirements-test.txt"]
    assert orchestrate.requirements(["up"]) == [paths.ROOT / "requirements.txt"]


def test_the_tests_requirements_hold_exactly_what_runs() -> None:
    def pins(name: str) -> set[str]:
        lines = (paths.ROOT / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("requirements.txt") <= pins("requirements-test.txt")
