"""What the environment's root module is given: its var files, and the same for Terraform typed by hand."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator.deploy.prepare import Prepared
from orchestrator.system import atomic
from orchestrator.terraform import runner


def write(prepared: Prepared) -> list[Path]:
    """The var files of the environment's root module: the person's and the generated one."""
    environment = prepared.target.environment
    values: dict[str, Any] = {"images": prepared.uris, "cpu_architecture": environment.cpu_architecture}
    if prepared.services_dir is not None:
        values["services_dir"] = str(prepared.services_dir)
    if prepared.former_ports:
        values["former_ports"] = prepared.former_ports
    if prepared.paused:
        values["paused"] = sorted(prepared.paused)
    generated = runner.write_variables(environment.work / "images.tfvars.json", values)
    files = [environment.file, generated]
    _write_shell_environment(prepared, files)
    return files


def _write_shell_environment(prepared: Prepared, var_files: Sequence[Path]) -> None:
    """`terraform.env`: source it, and plain `terraform plan` in terraform/environment is the same plan."""
    target, root = prepared.target, prepared.root
    flags = " ".join(f'"-var-file={file}"' for file in var_files)
    values = {"TF_DATA_DIR": str(root.data), "AWS_REGION": target.environment.region}
    values |= {f"TF_CLI_ARGS_{verb}": flags for verb in ("plan", "apply", "destroy")}
    # Credentials of AWS stay where they are; those of the emulator are the word `test`.
    carried = (
        "TF_CLI_CONFIG_FILE",
        "TF_PLUGIN_CACHE_DIR",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    )
    allowed = carried if target.aws.endpoint else carried[:2]
    values |= {name: root.variables[name] for name in allowed if name in root.variables}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(values.items())]
    if target.aws.endpoint:
        lines.append("unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN")
    atomic.write(
        target.environment.work / "terraform.env",
        "# Terraform as the orchestrator runs it: . this-file && cd terraform/environment\n" + "\n".join(lines) + "\n",
        mode=0o600,
    )
