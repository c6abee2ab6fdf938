"""boto3 for one environment: the right account or nothing, the same calls for AWS and for the emulated one."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.system import childenv
from orchestrator.system.childenv import Child


class Aws:
    """Clients for one environment. `endpoint` is the emulator's address, None on AWS.

    `profile` is the AWS profile whose credentials are used, None for those of this process.
    """

    def __init__(
        self,
        environment: Environment,
        endpoint: str | None,
        variables: Mapping[str, str],
        profile: str | None = None,
    ) -> None:
        self.environment = environment
        self.endpoint = endpoint
        self._profile = profile
        self._variables = dict(variables)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of that service, in the environment's region if not in another; usable from every thread."""
        import boto3
        from botocore.config import Config

        with self._lock:
            key = (service, region or self.environment.region)
            if key not in self._clients:
                config = Config(
                    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5},
                    proxies={} if self.endpoint else None,  # a proxy does not reach this machine
                )  # fmt: skip
                session = boto3.Session(
                    region_name=key[1],
                    profile_name=self._profile,
                    aws_access_key_id=self._variables.get("AWS_ACCESS_KEY_ID") if self.endpoint else None,
                    aws_secret_access_key=self._variables.get("AWS_SECRET_ACCESS_KEY") if self.endpoint else None,
                )
                self._clients[key] = session.client(service, endpoint_url=self.endpoint, config=config)
            return self._clients[key]

    @property
    def partition(self) -> str:
        """The first part of its ARNs after `arn:`, `aws` outside China and GovCloud."""
        import boto3

        return str(boto3.Session().get_partition_for_region(self.environment.region))

    @property
    def shell_prefix(self) -> str:
        """What a person writes before a command of the AWS CLI so that it reaches the emulated AWS; "" for AWS."""
        if not self.endpoint:
            return ""
        credentials = {name: self._variables.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        values = {"AWS_ENDPOINT_URL": self.endpoint, **credentials}
        return "".join(f"{name}={shlex.quote(value)} " for name, value in values.items())

    @property
    def registry_host(self) -> str:
        """Where images are pushed to and pulled from."""
        if self.endpoint:
            return self.endpoint.removeprefix("http://")
        return f"{self.environment.account_id}.dkr.ecr.{self.environment.region}.amazonaws.com"

    def child_environment(self, **more: str) -> dict[str, str]:
        """The environment variables of a child process (Terraform) that talks to this environment's AWS."""
        child = Child.TERRAFORM if self.endpoint else Child.TERRAFORM_ON_AWS
        region = {"AWS_REGION": self.environment.region, "AWS_DEFAULT_REGION": self.environment.region}
        return childenv.of(child, **region | self._variables | more)


def refuse_redirected_endpoints(environment: Environment) -> None:
    """Raise `Failure` if a variable would send an AWS environment's calls somewhere else than to AWS."""
    names = sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL") and os.environ[name])
    if names:
        raise Failure(
            f"{names[0]} is set, and {environment.name} is on AWS",
            reason=f"{names[0]}={os.environ[names[0]]} would send the deploy somewhere else than to AWS.",
            next_step=f"unset {' '.join(names)}",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )


def check_account(aws: Aws) -> str:
    """The caller's ARN. Raises `Failure` without credentials or with another account's."""
    from botocore.exceptions import BotoCoreError, ClientError

    environment = aws.environment
    try:
        identity = aws.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise Failure(
            f"no usable AWS credentials for {environment.name}",
            reason=str(error),
            next_step="aws sso login, or set AWS_PROFILE to a profile of that account",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        ) from error
    if identity["Account"] != environment.account_id:
        raise Failure(
            f"the credentials are for account {identity['Account']}, {environment.name} is in {environment.account_id}",
            reason=f"{environment.file.name} names account_id {environment.account_id}; you are {identity['Arn']}.",
            next_step="set AWS_PROFILE to a profile of that account, or correct account_id in the file",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )
    return str(identity["Arn"])


def explain(error: Exception) -> str:
    """An AWS error in one line: the service's code and message."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        told = response.get("Error", {})
        return f"{told.get('Code', 'Error')}: {told.get('Message', error)}"
    return str(error)


def is_code(error: Exception, *codes: str) -> bool:
    """True if the AWS error has one of these codes."""
    response = getattr(error, "response", None)
    return isinstance(response, dict) and response.get("Error", {}).get("Code") in codes
