"""boto3 for one environment: the right account or nothing, the same calls for AWS and for the emulated one."""

from __future__ import annotations

import json
import os
import shlex
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.aws import causes, logins
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.system import childenv, notices
from orchestrator.system.childenv import Child

if TYPE_CHECKING:
    import boto3

# An endpoint that does not answer within the second is named, and asked again.
CONNECT_SECONDS, ANSWER_SECONDS = 5, 30
_REFUSED = {
    **dict.fromkeys(causes.UNREACHED, "AWS cannot be reached"),
    **dict.fromkeys(causes.BUSY, "AWS does not serve calls at the moment"),
}
# For an answer to a request that asks for nothing.
REACH_SECONDS = 15


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
        self._made: boto3.Session | None = None
        self._noticed: set[str] = set()
        self._lock = threading.Lock()
        self._caller: str | Failure = ""
        self._asks_caller = threading.Lock()

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of that service, in the environment's region if not in another; usable from every thread."""
        from botocore.config import Config

        with self._lock:
            key = (service, region or self.environment.region)
            if key not in self._clients:
                config = Config(
                    connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": 5},
                    proxies={} if self.endpoint else None,  # a proxy does not reach this machine
                )  # fmt: skip
                self._clients[key] = self._session().client(
                    service, region_name=key[1], endpoint_url=self.endpoint, config=config
                )
                self._clients[key].meta.events.register("needs-retry", self._notice)
                self._clients[key].meta.events.register("after-call", causes.mark)
            return self._clients[key]

    def _session(self) -> boto3.Session:
        if self._made is None:
            self._made = logins.session(
                self.environment.region, self._profile, self._variables if self.endpoint else None
            )
        return self._made

    def _notice(self, caught_exception: Exception | None = None, **_: Any) -> None:
        """Say that an endpoint is silent, while it is asked again: with all attempts that takes minutes."""
        cause = causes.of(caught_exception) if caught_exception is not None else None
        if cause is not None and cause.kind is causes.Kind.SILENT and cause.why not in self._noticed:
            self._noticed.add(cause.why)
            notices.say(f"{cause.why}; asking again")

    def reach(self, url: str) -> None:
        """Return once anything is answered at that address, whatever it is. Raises botocore's errors."""
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        core = self._session()._session
        asked = URLLib3Session(
            verify=core.get_config_variable("ca_bundle") or True, proxies=get_environ_proxies(url),
            timeout=(CONNECT_SECONDS, REACH_SECONDS),
        )  # fmt: skip
        asked.send(AWSRequest("GET", url).prepare())

    def caller(self) -> str:
        """The caller's ARN, asked for once. Raises `Failure` without credentials or with another account's."""
        with self._asks_caller:
            if not self._caller:
                try:
                    self._caller = _caller(self)
                except Failure as failure:
                    self._caller = failure
            if isinstance(self._caller, Failure):
                raise self._caller
            return self._caller

    @property
    def partition(self) -> str:
        """The first part of its ARNs after `arn:`, `aws` outside China and GovCloud."""
        with self._lock:
            return str(self._session().get_partition_for_region(self.environment.region))

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
        login = {} if self.endpoint else self._login()
        return childenv.of(child, **region | login | self._variables | more)

    def _login(self) -> dict[str, str]:
        with self._lock:
            return logins.for_children(self._session())


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
    return aws.caller()


def _caller(aws: Aws) -> str:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    environment = aws.environment
    try:
        identity = aws.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        cause = causes.of(error)
        raise Failure(
            f"{_REFUSED.get(cause.kind, 'no usable AWS credentials')} for {environment.name}",
            reason=cause.why,
            next_step=cause.remedy or "aws sso login, or set AWS_PROFILE to a profile of that account",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        ) from error
    except json.JSONDecodeError as error:
        raise Failure(
            f"no usable AWS credentials for {environment.name}",
            reason=f"The profile's credential_process gave something else than JSON: {error}.",
            next_step="run that program by itself, and correct it or credential_process",
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
    """An AWS error in one line: what happened where, or the service's code and message."""
    return causes.of(error).why


def is_code(error: Exception, *codes: str) -> bool:
    """True if the AWS error has one of these codes."""
    response = getattr(error, "response", None)
    return isinstance(response, dict) and response.get("Error", {}).get("Code") in codes
