"""Which variables of a root module are ephemeral, by its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.system import paths
from orchestrator.terraform import ephemeral


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('variable "a" {\n  ephemeral = true\n}', {"a"}),
        ('variable "a" { ephemeral=true }\nvariable b { ephemeral = true }', {"a", "b"}),
        ('variable "a" {\n  type = object({ x = string })\n  ephemeral = true # kept nowhere\n}', {"a"}),
        ('variable "a" {\n  validation {\n    condition = true\n  }\n  ephemeral = true\n}', {"a"}),
        ('variable "a" { ephemeral = false }', set()),
        ('variable "a" {\n  # ephemeral = true\n}', set()),
        ('variable "a" {\n  // ephemeral = true\n  /* ephemeral = true */\n}', set()),
        ('variable "a" {\n  description = "set ephemeral = true } {"\n}', set()),
        ('variable "a" {\n  description = <<-EOT\n    ephemeral = true\n    EOT\n}', set()),
        ('variable "a" {\n  default = {\n    ephemeral = true\n  }\n}', set()),
        ('output "a" {\n  ephemeral = true\n}', set()),
        ('# variable "a" { ephemeral = true }', set()),
        ('variable "a" {}\noutput "b" { ephemeral = true }', set()),
        ('locals { a = "${"}"}" }\nvariable "a" {\n  ephemeral = true\n}', {"a"}),
        ('locals { a = "${f("{")} ${ {b = 1}.b } $${" }\nvariable "a" { ephemeral = true }', {"a"}),
        ("", set()),
    ],
)
def test_what_is_declared_ephemeral_is_found(tmp_path: Path, text: str, names: set[str]) -> None:
    (tmp_path / "main.tf").write_text(text)
    assert ephemeral.declared(tmp_path) == names


def test_it_is_found_in_json_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.tf.json").write_text('{"variable": {"a": {"ephemeral": true}, "b": {}}}')
    (tmp_path / "b.tf.json").write_text("not JSON")
    assert ephemeral.declared(tmp_path) == {"a"}


def test_the_environment_s_root_module_can_be_read() -> None:
    assert ephemeral.declared(paths.TERRAFORM / "environment") == frozenset()
