"""What the environment's root module is given: its var files, and the same for Terraform typed by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator.project.environment import project_file
from orchestrator.system import atomic
from orchestrator.target import Target
from orchestrator.terraform import runner
from orchestrator.terraform.runner import Root


def write(target: Target, root: Root, values: Mapping[str, Any]) -> list[Path]:
    """The var files of the environment's root module: the project's, the environment's and one of `values`."""
    environment = target.environment
    generated = runner.write_variables(environment.work / "images.tfvars.json", values)
    files = [project_file(), environment.file, generated]
    _write_shell_environment(target, root, files)
    return files


def _write_shell_environment(target: Target, root: Root, var_files: Sequence[Path]) -> None:
    """`terraform.env`: source it, and plain `terraform plan` in terraform/environment is the same plan."""
    flags = " ".join(f'"-var-file={file}"' for file in var_files)
    values = {"TF_DATA_DIR": str(root.data), "AWS_REGION": target.environment.region}
    values |= {f"TF_CLI_ARGS_{verb}": flags for verb in ("plan", "apply", "destroy")}
    # Credentials of AWS stay where they are; those of the emulator are the word `test`.
    carried = (
        "GOGC",
        "TF_CLI_CONFIG_FILE",
        "TF_PLUGIN_CACHE_DIR",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    )
    allowed = carried if target.aws.endpoint else carried[:3]
    values |= {name: root.variables[name] for name in allowed if name in root.variables}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(values.items())]
    if target.aws.endpoint:
        lines.append("unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN")
    atomic.write(
        target.environment.work / "terraform.env",
        "# Terraform as the orchestrator runs it: . this-file && cd terraform/environment\n" + "\n".join(lines) + "\n",
        mode=0o600,
    )
