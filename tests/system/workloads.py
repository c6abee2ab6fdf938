"""Workloads of every kind, beside the project's own services: those of kinds/."""

from __future__ import annotations

import shutil
from pathlib import Path

KINDS = Path(__file__).with_name("kinds")
# Which of the project's services a workload takes its packages from: for AWS's APIs, or for nothing much.
PACKAGES = {"clock": "words", "mailer": "save", "nightly": "words", "pricing": "words", "shop": "save"}


def add(services: Path) -> None:
    """Add them to a checkout's services."""
    for name, packages in PACKAGES.items():
        shutil.copytree(KINDS / name, services / name)
        for file in ("requirements.in", "requirements.txt"):
            shutil.copy(services / packages / file, services / name)
        if packages == "save":
            (services / name / "botocore-data.txt").write_text("dynamodb\ns3\nsqs\n")
