"""Every Terraform module's README: current tables, and a usage block that fits the module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.system import paths
from tools import module_tables

MODULES = sorted((paths.TERRAFORM / "modules").iterdir())
ROOTS = [paths.TERRAFORM / name for name in ("environment", "pipeline", "registry")]
VARIABLES = """\
# What it is called.

variable "name" {
  description = "Name, or a | b."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^x$", var.name))
    error_message = "name must be x."
  }
}

variable "ports" {
  # Both of them.
  type = map(object({
    number  = number
    extra   = optional(list(string))
    nothing = any
  }))
  description = "Ports."
  default = {
    http  = { number = 80 }
    https = { number = 443 }
  }
}

variable "zones" {
  description = "Zones, such as \\"a\\"."
  type        = set(string)
  default = [
    "a",
    "b",
  ]
}
"""


def module(folder: Path, readme: str = f"# x\n\n{module_tables.BEGIN}{module_tables.END}\nLast.\n") -> Path:
    (folder / "variables.tf").write_text(VARIABLES)
    (folder / "outputs.tf").write_text('output "id" {\n  description = "The id."\n  value       = 1\n}\n')
    (folder / "README.md").write_text(readme)
    return folder


@pytest.mark.parametrize("folder", [*MODULES, *ROOTS], ids=lambda folder: folder.name)
def test_the_tables_of_a_module_are_current(folder: Path) -> None:
    assert (folder / "README.md").read_text() == module_tables.page(folder), "python -m tools.pages"


@pytest.mark.parametrize("folder", [*MODULES, *ROOTS], ids=lambda folder: folder.name)
def test_no_input_and_no_output_is_overlooked(folder: Path) -> None:
    written = "".join(file.read_text() for file in folder.glob("*.tf"))
    for kind, found in (("variable", module_tables.inputs(folder)), ("output", module_tables.outputs(folder))):
        assert {block.name for block in found} == set(re.findall(rf'(?m)^\s*{kind}\s+"(\w+)"', written))


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_the_usage_of_a_module_gives_what_it_requires_and_nothing_that_it_lacks(folder: Path) -> None:
    usages = re.findall(r"```hcl\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    source, known = f'"../modules/{folder.name}"', module_tables.inputs(folder)
    # Beside its own call a usage may show what it is used with.
    calls = [
        call for usage in usages for call in module_tables.blocks(usage)
        if call.kind == "module" and call.attributes.get("source") == source
    ]  # fmt: skip
    assert calls
    for call in calls:
        given = set(call.attributes) - {"source"}
        assert {block.name for block in known if block.is_required} <= given <= {block.name for block in known}


def test_a_table_says_what_the_files_say(tmp_path: Path) -> None:
    lines = module_tables.page(module(tmp_path)).splitlines()
    assert "| `name` | Name, or a \\| b. | `string` | required |" in lines
    assert (
        "| `ports` | Ports. | `map(object({ number = number, extra = optional(list(string)), nothing = any }))` "
        "| `{ http = { number = 80 }, https = { number = 443 } }` |"
    ) in lines
    assert '| `zones` | Zones, such as "a". | `set(string)` | `["a", "b"]` |' in lines
    assert "| `id` | The id. |" in lines
    assert lines[0] == "# x" and lines[-1] == "Last."


def test_a_readme_without_a_place_for_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"README\.md lacks the lines"):
        module_tables.page(module(tmp_path, "# x\n"))
