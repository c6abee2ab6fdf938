"""How Terraform is told of a provider that runs already, and where things are in a relay's folder."""

from __future__ import annotations

import json
from pathlib import Path

VARIABLE = "TF_REATTACH_PROVIDERS"
ADDRESS = "registry.terraform.io/hashicorp/aws"
# What the relay's process calls itself. A provider that it looks after is nobody's orphan (`survivors.KEEPERS`).
NAME = "terraform-relay"


def variables(pid: int, folder: Path) -> dict[str, str]:
    """The environment variables with which Terraform speaks to the relay of that folder."""
    where = {"Network": "unix", "String": str(socket(folder))}
    # "Test": that it ends by itself, and is not ended by Terraform.
    told = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": pid, "Test": True, "Addr": where}
    return {VARIABLE: json.dumps({ADDRESS: told})}


def socket(folder: Path) -> Path:
    """Where it listens."""
    return folder / "s"


def wanted(folder: Path) -> Path:
    """The file with the types whose schemas it hands out."""
    return folder / "wanted.json"
