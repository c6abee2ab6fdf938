"""An emulated AWS for what talks to S3 and ECR, in an account of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.project.environment import Environment

_accounts = itertools.count(900000000001)


@pytest.fixture
def emulated(emulated_aws: str, tmp_path: Path) -> Callable[..., Aws]:
    """`emulated("local")` is an environment of that name in an emulated AWS with nothing in it."""

    def make(name: str = "blue", region: str = "us-east-1") -> Aws:
        account = str(next(_accounts))
        environment = Environment(name, account, region, "X86_64", tmp_path / f"{name}.tfvars")
        variables = {"AWS_ENDPOINT_URL": emulated_aws, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}
        # As for the emulated AWS of a run: nothing of the person's settings for the real one.
        dropped = dict.fromkeys(("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"), "")
        return Aws(environment, emulated_aws, {**dropped, **variables, "AWS_EC2_METADATA_DISABLED": "true"})

    return make
