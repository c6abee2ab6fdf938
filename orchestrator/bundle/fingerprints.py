"""Hashes of the files that decide what a plan does, beside the plan itself: they must be the same at its apply."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from orchestrator.project.manifest import FILE_NAME
from orchestrator.system import paths

LOCK_FILE = ".terraform.lock.hcl"


def of(data: bytes) -> str:
    """The SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def checkout(environment: str, root: Path = paths.ROOT) -> dict[str, str]:
    """Path in the checkout => SHA-256 of every file that Terraform reads for the environment.

    A saved plan holds the HCL, but its functions read files again when it is applied: the manifests.
    """
    terraform = root / "terraform"
    files = [
        *(terraform / "environment").glob("*.tf"),
        *(terraform / "environment").glob("*.auto.tfvars"),
        terraform / "environment" / LOCK_FILE,
        *(file for file in (terraform / "modules").rglob("*.tf")),
        terraform / "project.tfvars",
        terraform / "environments" / f"{environment}.tfvars",
        *(root / "services").glob(f"*/{FILE_NAME}"),
    ]
    return {file.relative_to(root).as_posix(): of(file.read_bytes()) for file in sorted(files) if file.is_file()}


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The files that differ, each with how, in words."""
    return sorted(
        [f"{name} has changed" for name in then.keys() & now.keys() if then[name] != now[name]]
        + [f"{name} is gone" for name in then.keys() - now.keys()]
        + [f"{name} is new" for name in now.keys() - then.keys()]
    )


def providers(root: Path = paths.ROOT) -> dict[str, str]:
    """Provider address => version, of the environment's lock file, which `terraform init` keeps to."""
    text = (root / "terraform" / "environment" / LOCK_FILE).read_text(encoding="utf-8")
    return dict(re.findall(r'^provider "([^"]+)" \{\n\s*version\s*=\s*"([^"]+)"', text, flags=re.MULTILINE))
