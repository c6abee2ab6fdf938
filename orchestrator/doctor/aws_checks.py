"""What `doctor` looks at for an environment on AWS: where calls go, whose they are, the registry's login,
the secrets that manifests name."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.doctor.check import Check
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service


def looks(environment: Environment) -> list[Callable[[], Check]]:
    """The checks of the environment. None of them changes anything."""
    checks = (endpoints, account, registry, secrets)
    return [functools.partial(check, environment) for check in checks]


def endpoints(environment: Environment) -> Check:
    """No variable sends the calls somewhere else than to AWS."""
    try:
        session.refuse_redirected_endpoints(environment)
    except Failure as failure:
        return Check("AWS endpoints", "missing", failure.message, failure.next_step)
    return Check("AWS endpoints", "ok", "AWS's own")


def account(environment: Environment) -> Check:
    """The credentials are usable and of the environment's account."""
    return _asked("AWS account", environment, session.check_account)


def registry(environment: Environment) -> Check:
    """The credentials may log in to the image registry."""

    def log_in(client: Aws) -> str:
        session.check_account(client)
        client.client("ecr").get_authorization_token()
        return f"logged in to {client.registry_host}"

    return _asked("image registry", environment, log_in)


def secrets(environment: Environment) -> Check:
    """Every secret that a manifest names for the environment is there."""

    def find(client: Aws) -> str:
        from orchestrator.project import manifest

        session.check_account(client)
        return found_secrets(client, manifest.load(environment=environment.name))

    return _asked("secrets", environment, find)


def found_secrets(client: Aws, services: Sequence[Service]) -> str:
    """How many secrets the services name, and what is not known of them. Raises `Failure` if one is not there."""
    from orchestrator.secrets import checking, judging

    verdict = checking.looked_at(client, services)
    if verdict.problems:
        raise judging.failure(verdict.problems, client.environment.name)
    count = sum(len(service.secrets) for service in services)
    return "; ".join([f"{count} named by manifests" if count else "none", *verdict.warnings])


def _asked(name: str, environment: Environment, ask: Callable[[Aws], str]) -> Check:
    if importlib.util.find_spec("boto3") is None:
        return Check(name, "warning", "not looked at: .venv is not made yet", "run it again once .venv is made")
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session.refuse_redirected_endpoints(environment)
        return Check(name, "ok", ask(Aws(environment, None, {})))
    except Failure as failure:
        return Check(name, "missing", "; ".join([failure.message, *failure.reason.splitlines()]), failure.next_step)
    except (BotoCoreError, ClientError) as error:
        return Check(name, "missing", session.explain(error), "use credentials that allow it")
