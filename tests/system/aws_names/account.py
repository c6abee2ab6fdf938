"""An account as a person sets it up for a pipeline: terraform/pipeline applied, its roles taken by jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.machine import providers
from tests.system.aws_names.rehearsal import Rehearsal
from tests.system.aws_names.world import ACCOUNT, REGIONS

BUCKET = f"storyizer-tfstate-{ACCOUNT}-{REGIONS[0]}"
PLAN, APPLY = "storyizer-pipeline-plan", "storyizer-pipeline-apply-{}"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/storyizer-pipeline-boundary"
_GITHUB = '{ repository = "example/shop", owner_id = 1001, repository_id = 2002 }'
# As a job of GitHub's does it, with a token that what stands for AWS takes for good.
_TAKE = """
import boto3, json, sys
from botocore import UNSIGNED
from botocore.config import Config
sts = boto3.client("sts", region_name={region!r}, config=Config(signature_version=UNSIGNED))
found = sts.assume_role_with_web_identity(RoleArn={arn!r}, RoleSessionName="job", WebIdentityToken="token")
print(json.dumps(found["Credentials"], default=str))
"""
_POLICIES = """
import boto3, json
iam = boto3.client("iam", region_name={region!r})
found = []
for policy in iam.list_attached_role_policies(RoleName={role!r})["AttachedPolicies"]:
    version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    found += (json.loads(document) if isinstance(document, str) else document)["Statement"]
print(json.dumps(found))
"""


@dataclass
class Account:
    """The account, with the pipeline's roles for these environments."""

    checkout: Rehearsal
    environments: Sequence[str]

    def set_up(self) -> None:
        """What a person does once: the first plan makes the state's bucket, then the roles are made."""
        self.checkout.run("plan", "staging")
        folder = self.checkout.folder / "terraform" / "pipeline"
        variables = {
            "account_id": ACCOUNT, "region": REGIONS[0], "environments": json.dumps(list(self.environments)),
            "github": _GITHUB,
        }  # fmt: skip
        backend = {"bucket": BUCKET, "key": "pipeline/terraform.tfstate", "region": REGIONS[0]}
        given = [f"-backend-config={name}={value}" for name, value in backend.items()]
        self._terraform(folder, "init", "-input=false", *given)
        values = [argument for name, value in variables.items() for argument in ("-var", f"{name}={value}")]
        self._terraform(folder, "apply", "-input=false", "-auto-approve", "-var-file=../project.tfvars", *values)
        for name in self.environments:
            self.bound(self.checkout, name)

    def bound(self, checkout: Rehearsal, environment: str) -> None:
        """Give the roles that an environment makes the boundary that the pipeline wants."""
        file = checkout.folder / "terraform" / "environments" / f"{environment}.tfvars"
        file.write_text(f'{file.read_text()}\npermissions_boundary_arn = "{BOUNDARY}"\n')

    def job(self, role: str) -> dict[str, Any]:
        """The environment variables of a job that has taken the role."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        taken = json.loads(self.checkout.python(_TAKE.format(region=REGIONS[0], arn=arn)))
        return {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }  # fmt: skip

    def policies(self, role: str) -> list[dict[str, Any]]:
        """The statements of all policies of a role."""
        found: list[dict[str, Any]] = json.loads(self.checkout.python(_POLICIES.format(region=REGIONS[0], role=role)))
        return found

    def _terraform(self, folder: Any, *arguments: str) -> None:
        variables = self.checkout.world.environment(**providers.terraform_env())
        self.checkout.world.run("terraform", *arguments, cwd=folder, env=variables)
