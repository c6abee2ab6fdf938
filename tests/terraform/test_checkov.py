"""checkov is the outside judge of the HCL: nothing fails, and what is skipped says why."""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

TERRAFORM = Path(__file__).parents[2] / "terraform"
SKIP = re.compile(r"checkov:skip=(?P<check>[A-Z0-9_]+)(?::(?P<reason>.*))?")


def judge(checkov: Path, *arguments: str) -> list[dict[str, Any]]:
    """checkov's report, one part for each framework that it found. --skip-download: no word to the internet."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BC_", "CKV_", "CHECKOV_"))}
    # It gives up on a file after ten seconds, which a busy machine may need.
    own["HCL_PARSE_TIMEOUT_SEC"] = "120"
    done = subprocess.run(
        [str(checkov / "checkov"), "-d", str(TERRAFORM), "--skip-download", "--output", "json", *arguments],
        env=own, text=True, capture_output=True, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    return report if isinstance(report, list) else [report]


@pytest.fixture(scope="module")
def reports(checkov: Path) -> dict[str, list[dict[str, Any]]]:
    """checkov's reports on the defaults and on production's values."""
    project, production = (str(TERRAFORM / name) for name in ("project.tfvars", "environments/production.tfvars"))
    arguments = {"defaults": ["--var-file", project], "production": ["--var-file", project, "--var-file", production]}
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda values: judge(checkov, *values), arguments.values())
        return dict(zip(arguments, found, strict=True))


@pytest.fixture(params=["defaults", "production"])
def parts(request: pytest.FixtureRequest, reports: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One of the reports, a part for each framework."""
    return reports[request.param]


def test_no_check_fails(parts: list[dict[str, Any]]) -> None:
    failed = [
        f"{check['check_id']} {check['resource']} {check['check_name']}"
        for part in parts
        for check in part["results"]["failed_checks"]
    ]
    assert not failed, "\n".join(failed)


def test_the_whole_configuration_is_read(parts: list[dict[str, Any]]) -> None:
    terraform = next(part for part in parts if part["check_type"] == "terraform")
    assert terraform["summary"]["parsing_errors"] == 0
    resources = {check["resource"].split("[")[0] for check in terraform["results"]["passed_checks"]}
    for resource in ("aws_lb.this", "aws_dynamodb_table.this", "aws_ecs_service.this", "aws_ecr_repository.this"):
        assert any(resource in name for name in resources), f"checkov did not look at {resource}"


def test_every_skip_says_why() -> None:
    skips = [(file, found) for file in sorted(TERRAFORM.rglob("*.tf")) for found in SKIP.finditer(file.read_text())]
    assert skips
    for file, found in skips:
        assert len((found["reason"] or "").split()) >= 5, f"{file.name}: {found['check']} is skipped without a reason"
