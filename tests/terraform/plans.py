"""Terraform in one folder, and a plan as tests ask about it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command; what it says is for the caller to judge."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            text=True,
            capture_output=True,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        """Run one command that has to succeed and return what it wrote."""
        done = self(*arguments)
        assert done.returncode == 0, f"terraform {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@dataclass(frozen=True)
class Plan:
    """A plan as `terraform show -json` gives it, by what tests ask of it."""

    environment: str
    content: dict[str, Any]

    def resources(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """Planned values by address, of one resource type or of all. What is known only after apply is absent."""
        return {
            change["address"]: change["change"]["after"]
            for change in self.content["resource_changes"]
            if change["mode"] == "managed" and (not kind or change["type"] == kind)
        }

    def one(self, kind: str) -> dict[str, Any]:
        """The planned values of the only resource of its type."""
        (values,) = self.resources(kind).values()
        return values

    def unknown(self, address: str) -> dict[str, Any]:
        """Which attributes of a resource are set, but known only after apply."""
        (change,) = (change for change in self.content["resource_changes"] if change["address"] == address)
        unknown: dict[str, Any] = change["change"]["after_unknown"]
        return unknown

    def containers(self) -> dict[str, dict[str, Any]]:
        """Service name => the one container of its task definition."""
        found = {}
        for values in self.resources("aws_ecs_task_definition").values():
            (container,) = json.loads(values["container_definitions"])
            found[container["name"]] = container
        return found
