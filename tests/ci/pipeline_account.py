"""The account that the pipeline's roles are made in, and what their policies say."""

from __future__ import annotations

import json
from typing import Any

import boto3

ACCOUNT, REGION = "111111111111", "us-east-1"
BUCKET = f"storyizer-tfstate-{ACCOUNT}-{REGION}"
PLAN, APPLY = "storyizer-pipeline-plan", "storyizer-pipeline-apply-staging"
VARIABLES = {
    "project": "storyizer",
    "account_id": ACCOUNT,
    "region": REGION,
    "environments": '["staging"]',
    "dns_zone_ids": '["Z1"]',
    "github": '{ repository = "Example/shop", owner_id = 1001, repository_id = 2002 }',
}


def client(endpoint: str, service: str, credentials: dict[str, str] | None = None) -> Any:
    """A client with a role's credentials, or with those of the account itself."""
    held = credentials or {"AccessKeyId": ACCOUNT, "SecretAccessKey": "test"}
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id=held["AccessKeyId"],
        aws_secret_access_key=held["SecretAccessKey"], aws_session_token=held.get("SessionToken"),
    )  # fmt: skip


def policies(endpoint: str, role: str) -> list[dict[str, Any]]:
    """The statements of all policies of the role."""
    iam = client(endpoint, "iam")
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return [statement for policy in attached for statement in _statements(iam, policy["PolicyArn"])]


def boundary(endpoint: str) -> list[dict[str, Any]]:
    """The statements of the boundary."""
    return _statements(client(endpoint, "iam"), f"arn:aws:iam::{ACCOUNT}:policy/storyizer-pipeline-boundary")


def _statements(iam: Any, arn: str) -> list[dict[str, Any]]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    found: list[dict[str, Any]] = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return found
