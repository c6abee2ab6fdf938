"""What a command loads before it runs: help no package, a verb that looks nothing heavy."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli import usage
from orchestrator.system import paths

pytestmark = pytest.mark.slow

HEAVY = ("boto3", "botocore", "pydantic", "rich", "yaml")


def test_help_loads_no_package_and_no_verb() -> None:
    verbs = {usage.module(verb) for verb in usage.VERBS}
    asked = """
import sys
from orchestrator.cli import main as cli
try:
    cli.main(["up", "--help"])
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""
    told = subprocess.run([sys.executable, "-c", asked], text=True, capture_output=True, cwd=paths.ROOT, check=True)
    loaded = set(told.stderr.split())
    assert "orchestrator.cli.usage" in loaded
    assert not {"boto3", "yaml", "rich", "python_terraform", "orchestrator.terraform.runner", *verbs} & loaded


@pytest.mark.parametrize("verb", usage.VERBS)
def test_a_verb_stands_beside_its_options(verb: str) -> None:
    module = importlib.import_module(usage.module(verb))
    assert callable(module.run)
    assert Path(module.__file__ or "").with_name("options.py").exists()


def loaded(*modules: str) -> set[str]:
    """Those of the heavy packages that a Python holds once it has imported these modules."""
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, cwd=paths.ROOT, check=True)
    return set(told.stdout.split()) & set(HEAVY)


@pytest.mark.parametrize("verb", ["status", "releases", "logs", "exec", "stop", "doctor"])
def test_a_verb_that_looks_loads_no_manifests_and_no_aws_before_it_runs(verb: str) -> None:
    assert loaded("orchestrator.cli.main", usage.module(verb)) == set()


def test_what_is_looked_for_would_be_found() -> None:
    assert loaded("orchestrator.project.manifest", "orchestrator.aws.session", "boto3") >= {"boto3", "pydantic", "yaml"}


def test_a_virtual_environment_that_is_ready_is_entered_before_the_command_line_is_loaded() -> None:
    program = f"""
import os, sys
sys.path.insert(0, {str(paths.ROOT)!r})
import orchestrate
from orchestrator.machine import toolenv
toolenv.is_ready = lambda *_: True
os.execv = lambda *_: print(*sys.modules)
sys.argv = ["orchestrate.py", "status"]
orchestrate.main()
"""
    told = subprocess.run([sys.executable, "-I", "-c", program], text=True, capture_output=True, check=True)
    assert {"orchestrator.machine.toolenv", "argparse"} & set(told.stdout.split()) == {"orchestrator.machine.toolenv"}
