"""What Terraform gets of the services is what the orchestrator has read, whatever a manifest leaves out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.project import manifest
from tests.terraform.plans import Terraform

MANIFESTS = {
    "paths alone": {"words": "paths: [/api/words]\n"},
    "everything": {
        "save": "paths: [/api/stories, /s]\nport: 9000\ncpu: 1024\nmemory: 2048\ncount: 0\nhealth: /ready/x\n"
        'environment: {LOG_LEVEL: debug, EMPTY: ""}\ntable: read-only\n'
    },
    "several ports": {
        "shop": "paths: [/shop]\nports:\n  9000: {paths: [/shop/admin, /admin], health: /ready}\n  9001: {paths: [/]}\n"
    },
    "root and a path of its own": {"website": 'paths: ["/", /static]\n', "words": "paths: [/api/words]\n"},
    "largest size": {"words": "paths: [/w]\ncpu: 16384\nmemory: 122880\ncount: 100\n"},
    "longest path and name": {"w" * 24: f"paths: [/{'a' * 125}]\n"},
    "an environment of its own": {
        "words": "paths: [/w]\nenvironment: {A: a, B: b}\n"
        "environments: {staging: {count: 7, cpu: 512, memory: 1024, environment: {B: c}}, local: {count: 1}}\n"
    },
}


def held(terraform: Terraform, file: Path) -> dict[str, Any]:
    """`var.services` as Terraform has it, with the types of its declaration."""
    done = subprocess.run(
        ["terraform", "console", "-no-color", f"-var-file={file}"], cwd=terraform.folder, env=terraform.environment,
        text=True, input="jsonencode(var.services)\n", capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(json.loads(done.stdout.splitlines()[-1]))
    return found


def fixed(folder: Path) -> dict[str, Any]:
    """Variables that the root module needs beside the services."""
    return {
        "environment": "staging", "account_id": "111111111111", "region": "us-east-1",
        "availability_zones": ["us-east-1a", "us-east-1b"],
        "images": {file.parent.name: f"r/x@sha256:{'a' * 64}" for file in folder.glob("*/service.yaml")},
    }  # fmt: skip


@pytest.mark.parametrize("name", MANIFESTS)
def test_terraform_has_what_was_read(name: str, terraform: Callable[[str], Terraform], tmp_path: Path) -> None:
    folder = tmp_path / "services"
    for service, text in MANIFESTS[name].items():
        (folder / service).mkdir(parents=True)
        (folder / service / "service.yaml").write_text(text)
    given = manifest.for_terraform(manifest.load(folder, environment="staging"))
    file = tmp_path / "services.tfvars.json"
    file.write_text(json.dumps({**fixed(folder), **given}))
    found = held(terraform("environment"), file)
    assert {service: {**values, "manifest_sha256": None} for service, values in given["services"].items()} == found


def test_a_service_written_by_hand_gets_the_same_defaults(
    terraform: Callable[[str], Terraform], tmp_path: Path
) -> None:
    (tmp_path / "services" / "words").mkdir(parents=True)
    (tmp_path / "services" / "words" / "service.yaml").write_text("paths: [/w]\n")
    read = manifest.for_terraform(manifest.load(tmp_path / "services"))["services"]
    file = tmp_path / "services.tfvars.json"
    by_hand = {"words": {"paths": ["/w"], "rules": read["words"]["rules"]}}
    file.write_text(json.dumps({**fixed(tmp_path / "services"), "services": by_hand}))
    assert held(terraform("environment"), file) == {"words": {**read["words"], "manifest_sha256": None}}
