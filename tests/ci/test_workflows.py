"""GitHub's workflows and the examples: linters find nothing, and they would."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.ci import reports
from orchestrator.cli import usage
from orchestrator.review.render import markdown
from orchestrator.system import paths

FOLDER = paths.ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
ACTION = paths.ROOT / ".github" / "actions" / "apply" / "action.yml"
SCRIPT = paths.ROOT / "examples" / "ci" / "pipeline.sh"
GITLAB = paths.ROOT / "examples" / "ci" / "gitlab-ci.yml"
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
BAD = """
on: pull_request_target
jobs:
  bad:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.event.pull_request.head.sha }}", frob: 1 }
      - run: echo "${{ github.event.pull_request.title }}"
"""


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def workflow(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Each workflow: its text and what it says."""
    text = request.param.read_text()
    return text, yaml.safe_load(text)


def test_these_are_the_workflows() -> None:
    assert [file.stem for file in FILES] == ["drift", "merge", "nightly", "pull-request"]
    assert not list(FOLDER.glob("*.yaml"))


def test_actionlint_finds_nothing(actionlint: Callable[..., list[dict[str, Any]]]) -> None:
    assert actionlint(*FILES) == []


def test_zizmor_finds_nothing(zizmor: Callable[[Path], list[dict[str, Any]]]) -> None:
    assert zizmor(FOLDER) == []
    assert zizmor(ACTION.parent) == []
    assert zizmor(paths.ROOT / ".github" / "dependabot.yml") == []


def test_both_linters_find_what_is_wrong(
    actionlint: Callable[..., list[dict[str, Any]]], zizmor: Callable[[Path], list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "bad.yml").write_text(BAD)
    messages = " ".join(item["message"] for item in actionlint(folder / "bad.yml"))
    assert "potentially untrusted" in messages and "frob" in messages
    found = {item["ident"] for item in zizmor(folder)}
    assert {"dangerous-triggers", "template-injection", "unpinned-uses", "artipacked", "excessive-permissions"} <= found


def test_actions_are_pinned_by_commit_with_their_version(workflow: tuple[str, dict[str, Any]]) -> None:
    text, _ = workflow
    for used in re.findall(r"uses:\s*(.+)", text):
        assert PINNED.fullmatch(used) or used.startswith("./.github/actions/apply #"), used


def test_the_action_s_own_steps_are_pinned_too() -> None:
    used = re.findall(r"uses:\s*(.+)", ACTION.read_text())
    assert used and all(PINNED.fullmatch(one) for one in used)


def test_one_action_has_one_version() -> None:
    used = {line for file in [*FILES, ACTION] for line in re.findall(r"uses:\s*(\S+@.+)", file.read_text())}
    assert len(used) == len({line.partition("@")[0] for line in used}) >= 6


def test_rights_are_given_to_jobs_alone_and_every_job_ends(workflow: tuple[str, dict[str, Any]]) -> None:
    _, said = workflow
    assert said["permissions"] == {}
    for job in said["jobs"].values():
        assert "permissions" in job
        # A hundred kills take hours, as do tests at full length; GitHub itself ends a job after six.
        assert "uses" in job or job["timeout-minutes"] <= (350 if said["name"] == "nightly" else 90)


def test_who_may_write_to_github_runs_nothing_of_the_change(workflow: tuple[str, dict[str, Any]]) -> None:
    _, said = workflow
    for job in said["jobs"].values():
        if "write" in {value for name, value in job["permissions"].items() if name != "id-token"}:
            assert "id-token" not in job["permissions"]
            assert all("uses" not in step for step in job["steps"])
            assert all("orchestrate.py" not in step["run"] for step in job["steps"])


def test_a_fork_gets_no_credentials() -> None:
    said = yaml.safe_load((FOLDER / "pull-request.yml").read_text())
    assert "pull_request" in said[True] and "pull_request_target" not in said[True]
    for job in said["jobs"].values():
        if job["permissions"] != {"contents": "read"}:
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]


def test_only_a_job_that_plans_a_pull_request_has_a_cache() -> None:
    caching = [file.stem for file in FILES if "actions/cache@" in file.read_text() or "cache: pip" in file.read_text()]
    assert caching == ["pull-request"]


def test_an_apply_is_never_cancelled_and_never_beside_another() -> None:
    jobs = yaml.safe_load((FOLDER / "merge.yml").read_text())["jobs"]
    assert jobs["production"]["needs"] == ["reviewed", "staging"]
    for name in ("staging", "production"):
        assert jobs[name]["concurrency"] == {"group": f"apply-{name}", "cancel-in-progress": False}
        assert jobs[name]["environment"] == jobs[name]["steps"][-1]["with"]["environment"] == name


def test_a_change_is_checked_before_its_tests_are_run() -> None:
    steps = yaml.safe_load((FOLDER / "pull-request.yml").read_text())["jobs"]["test"]["steps"]
    own = [step["run"] for step in steps if "run" in step]
    assert own == ["python3 orchestrate.py check", "python3 orchestrate.py test"]
    script = (paths.ROOT / ".ci" / "run").read_text().splitlines()
    assert "set -euo pipefail" in script
    assert [line.removeprefix("exec ") for line in script if "orchestrate.py" in line] == own


def test_the_comment_is_looked_for_by_the_marker_that_it_has() -> None:
    job = yaml.safe_load((FOLDER / "pull-request.yml").read_text())["jobs"]["comment"]
    sought = job["steps"][0]["env"]["MARKER"]
    for environment in job["strategy"]["matrix"]["environment"]:
        assert sought.replace("${{ matrix.environment }}", environment) == markdown.marker(environment)


def commands() -> list[tuple[str, list[str]]]:
    """Every call of the orchestrator in workflows and examples: the file's name and the arguments."""
    found = []
    for file in [*FILES, ACTION, SCRIPT, GITLAB]:
        for line in re.findall(r"python3 orchestrate\.py (ci .*|plan .*)", file.read_text()):
            words = [word for word in shlex.split(line.partition("||")[0].partition(">")[0]) if word != "#"]
            known = {"$stage": "plan", "$environment": "staging", "$ENVIRONMENT": "staging"}
            found.append((file.name, [known.get(word, word) for word in words]))
    return found


def test_every_call_of_the_orchestrator_is_one_that_it_takes() -> None:
    assert {name for name, _ in commands()} == {
        "action.yml", "drift.yml", "pull-request.yml", "pipeline.sh", "gitlab-ci.yml",
    }  # fmt: skip
    for name, words in commands():
        taken = usage.parser().parse_args(words)
        assert taken.environment == "staging", name


def test_the_reports_that_gitlab_reads_are_written() -> None:
    said = yaml.safe_load(GITLAB.read_text())
    written = said[".stage"]["artifacts"]["reports"]
    assert {Path(name).name for name in written.values()} == {reports.JUNIT, reports.DOTENV}
    assert {name for name in said if isinstance(said[name], dict) and "stage" in said[name]} == {
        "plan", "apply:staging", "apply:production",
    }  # fmt: skip


def scripts() -> dict[str, str]:
    """The shell scripts of the examples and the workflows, by a name."""
    found = {SCRIPT.name: SCRIPT.read_text()}
    said = yaml.safe_load(GITLAB.read_text())
    for name, job in said.items():
        if isinstance(job, dict):
            lines = [*job.get("before_script", []), *job.get("script", [])]
            if lines:
                found[f"gitlab {name}"] = "\n".join(["#!/bin/sh", *lines, ""])
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        if "run" in step:
            found[f"action {step['name']}"] = f"#!/bin/bash\n{step['run']}"
    for file in FILES:
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            for place, step in enumerate(job.get("steps", [])):
                if "run" in step:
                    found[f"{file.stem} {name} {place}"] = f"#!/bin/bash\n{step['run']}"
    return found


@pytest.mark.parametrize("name", scripts())
def test_shellcheck_finds_nothing(name: str, program: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "script.sh"
    file.write_text(scripts()[name])
    done = subprocess.run(
        [program("shellcheck"), "--severity=style", "--exclude=SC2155", str(file)], text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_what_is_wrong(program: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "bad.sh"
    file.write_text("#!/bin/sh\nrm -rf $1/*\n")
    done = subprocess.run([program("shellcheck"), str(file)], text=True, capture_output=True, check=False)
    assert done.returncode == 1 and "SC2086" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [(["plan"], 2, "the environment"), (["frob", "staging"], 64, "plan or apply"), ([], 2, "plan or apply")],
)
def test_the_script_says_how_it_is_called(arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(["sh", str(SCRIPT), *arguments], text=True, capture_output=True, check=False)
    assert done.returncode == code
    assert said in done.stderr


@pytest.mark.parametrize(
    ("code", "said"), [(0, ""), (3, "review stops"), (4, "previous one serves"), (1, "exit code 1")]
)
def test_the_script_ends_with_the_stage_s_exit_code(code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "orchestrate.py").write_text(f"import sys; print(sys.argv[1:]); sys.exit({code})")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True, capture_output=True, check=True)
    for stage in ("plan", "apply"):
        done = subprocess.run(
            ["sh", str(SCRIPT), stage, "staging"], cwd=tmp_path, text=True, capture_output=True, check=False
        )
        assert done.returncode == code and said in done.stderr
        assert done.stdout.strip() == str(
            ["ci", stage, "staging", "--commit", head.stdout.strip(), "--out", "report"]
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("options", "repeats"), [([], True), (["--hypothesis-profile=new-examples"], False)])
def test_in_ci_property_tests_repeat_themselves_unless_new_examples_are_asked_for(
    options: list[str], repeats: bool
) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-v", *options, "tests/documentation"], cwd=paths.ROOT,
        text=True, capture_output=True, check=True, env={**os.environ, "CI": ""},
    ).stdout  # fmt: skip
    assert ("derandomize=True" in listed) is repeats
    assert "hypothesis profile" in listed
