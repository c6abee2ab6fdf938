"""Small root modules that need no provider, run by the real Terraform, their state in an emulated S3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.terraform.runner import Root

MODULE = """
terraform {
  backend "s3" { use_lockfile = true }
}
variable "word" { default = "own" }
resource "terraform_data" "this" { input = var.word }
check "words" {
  assert {
    condition     = var.word == "never"
    error_message = "The word is not never."
  }
}
output "word" { value = terraform_data.this.output }
"""
ANOTHER = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}


class Heard:
    """Terraform's events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    @property
    def warnings(self) -> list[str]:
        """The summaries of the warnings."""
        return [event["diagnostic"]["summary"] for event in self.events if event["type"] == "diagnostic"]


def initialised(aws: Aws, folder: Path, text: str = MODULE) -> Root:
    """The root module in a folder with a space in its name, initialised."""
    module = folder / "a checkout" / "small"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(text)
    (module / "another.tfstate").write_text(json.dumps(ANOTHER))
    (module / ".terraform.lock.hcl").write_text("")
    made = Root(module, folder / "work" / "terraform small", aws.child_environment(TF_CLI_CONFIG_FILE=""))
    made.init(state.backend(aws, "small"))
    return made
