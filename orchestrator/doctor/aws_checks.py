"""What `doctor` looks at for an environment on AWS: where calls go, whose they are, the registry's login."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.doctor.check import Check
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment


def looks(environment: Environment) -> list[Callable[[], Check]]:
    """The checks of the environment. None of them changes anything."""
    return [lambda: endpoints(environment), lambda: account(environment), lambda: registry(environment)]


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


def _asked(name: str, environment: Environment, ask: Callable[[Aws], str]) -> Check:
    if importlib.util.find_spec("boto3") is None:
        return Check(name, "warning", "not looked at: .venv is not made yet", "run it again once .venv is made")
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session.refuse_redirected_endpoints(environment)
        return Check(name, "ok", ask(Aws(environment, None, {})))
    except Failure as failure:
        return Check(name, "missing", failure.message, failure.next_step)
    except (BotoCoreError, ClientError) as error:
        return Check(name, "missing", session.explain(error), "use credentials that allow it")
