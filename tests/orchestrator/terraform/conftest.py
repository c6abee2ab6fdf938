"""What the runs of the real Terraform share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.aws import state
from orchestrator.aws.session import Aws
from orchestrator.terraform.runner import Root
from tests.orchestrator.terraform.small import initialised


@pytest.fixture
def aws(emulated: Callable[..., Aws]) -> Aws:
    """An account that has the bucket for the state and nothing else."""
    made = emulated()
    state.ensure_bucket(made)
    return made


@pytest.fixture
def root(aws: Aws, tmp_path: Path) -> Root:
    """The small root module, initialised."""
    return initialised(aws, tmp_path)
