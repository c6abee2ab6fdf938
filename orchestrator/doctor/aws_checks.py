"""What `doctor` looks at for an environment on AWS: where calls go, whose they are, what these credentials reach and
may do, and what the account lacks. What the environment itself lacks is `verify`'s."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orchestrator.aws import causes, service_role, session, state
from orchestrator.aws.session import Aws
from orchestrator.doctor.check import Check
from orchestrator.errors import Failure
from orchestrator.project.environment import Environment

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service


def looks(environment: Environment) -> list[Callable[[], Check]]:
    """The checks of the environment. None of them changes anything."""
    # One for all: a profile that asks for an MFA code asks once.
    aws = Aws(environment, None, {})
    return [functools.partial(check, aws) for check in _LOOKS]


def endpoints(aws: Aws) -> Check:
    """No variable sends the calls somewhere else than to AWS."""
    try:
        session.refuse_redirected_endpoints(aws.environment)
    except Failure as failure:
        return Check("AWS endpoints", "missing", failure.message, failure.next_step)
    return Check("AWS endpoints", "ok", "AWS's own")


def account(aws: Aws) -> Check:
    """The credentials are usable and of the environment's account."""
    return _asked("AWS account", aws, session.check_account)


def registry(aws: Aws) -> Check:
    """The credentials may log in to the image registry."""

    def log_in(client: Aws) -> str:
        session.check_account(client)
        client.client("ecr").get_authorization_token()
        return f"logged in to {client.registry_host}"

    return _asked("image registry", aws, log_in)


def push_right(aws: Aws) -> Check:
    """The credentials may push images, as IAM says: nothing is pushed."""
    from orchestrator.doctor import aws_rights

    name = "right to push"

    def find(client: Aws) -> str:
        refused = aws_rights.refused(
            client, session.check_account(client), aws_rights.PUSH, aws_rights.repositories(client)
        )
        if isinstance(refused, str):
            raise _NotKnown(refused)
        if refused:
            raise Failure(
                f"these credentials may not {', '.join(refused)}",
                next_step=f"allow it on {aws_rights.repositories(client)}, or use the pipeline's role that applies",
            )
        return aws_rights.repositories(client)

    return _asked(name, aws, find)


def state_bucket(aws: Aws) -> Check:
    """The bucket of Terraform's states is there and of this account, or can be made."""

    def find(client: Aws) -> str:
        session.check_account(client)
        bucket = client.environment.state_bucket
        return f"{bucket} is there" if state.exists(client) else f"{bucket} is not there: the first deploy makes it"

    return _asked("state bucket", aws, find)


def containers(aws: Aws) -> Check:
    """Amazon ECS answers."""

    def find(client: Aws) -> str:
        session.check_account(client)
        name = client.environment.prefix
        found = client.client("ecs").describe_clusters(clusters=[name])["clusters"]
        running = [item for item in found if item.get("status") == "ACTIVE"]
        return (
            f"cluster {name}: {running[0].get('runningTasksCount', 0)} tasks" if running else f"no cluster {name} yet"
        )

    return _asked("Amazon ECS", aws, find)


def balancers(aws: Aws) -> Check:
    """Elastic Load Balancing answers."""

    def find(client: Aws) -> str:
        from orchestrator.verify.asking import Missing, Unread
        from orchestrator.verify.running import health

        session.check_account(client)
        found = health.find(client)
        if isinstance(found, Unread):
            raise _NotKnown(found.why)
        return (
            f"no load balancer {client.environment.prefix} yet" if isinstance(found, Missing) else str(found["DNSName"])
        )

    return _asked("load balancing", aws, find)


def fitting_quotas(aws: Aws) -> Check:
    """What an apply would make fits into the account's quotas, as `verify` says it."""

    def find(client: Aws) -> str:
        from orchestrator.project import manifest
        from orchestrator.verify import check, verify

        session.check_account(client)
        found = verify.quotas_alone(client, manifest.load(environment=client.environment.name))
        wrong = check.failed(found)
        if wrong:
            raise Failure(
                "; ".join(f"{item.name}: {item.why}" for item in wrong),
                next_step="\n".join(dict.fromkeys(item.next_step for item in wrong)),
            )
        unknown = [item.name for item in found if item.status == "SKIP"]
        return f"{len(found) - len(unknown)} fit" + (f"; not known: {', '.join(unknown)}" if unknown else "")

    return _asked("quotas", aws, find)


def role_of_ecs(aws: Aws) -> Check:
    """ECS can act in the account."""

    def find(client: Aws) -> str:
        session.check_account(client)
        found = service_role.exists(client)
        if found is False:
            raise Failure(f"the account has no role {service_role.NAME}", next_step=service_role.COMMAND)
        return service_role.NAME if found else "not looked at: these credentials may not read roles"

    return _asked("ECS service role", aws, find)


def secrets(aws: Aws) -> Check:
    """Every secret that a manifest names for the environment is there."""

    def find(client: Aws) -> str:
        from orchestrator.project import manifest

        session.check_account(client)
        return found_secrets(client, manifest.load(environment=client.environment.name))

    return _asked("secrets", aws, find)


def found_secrets(client: Aws, services: Sequence[Service]) -> str:
    """How many secrets the services name, and what is not known of them. Raises `Failure` if one is not there."""
    from orchestrator.secrets import checking, judging

    verdict = checking.looked_at(client, services)
    if verdict.problems:
        raise judging.failure(verdict.problems, client.environment.name)
    count = sum(len(service.secrets) for service in services)
    return "; ".join([f"{count} named by manifests" if count else "none", *verdict.warnings])


class _NotKnown(Exception):
    """AWS did not say it: nothing is known to be missing."""


_LOOKS = (
    endpoints, account, registry, push_right, state_bucket, containers, balancers, role_of_ecs, fitting_quotas, secrets,
)  # fmt: skip


def _asked(name: str, aws: Aws, ask: Callable[[Aws], str]) -> Check:
    if importlib.util.find_spec("boto3") is None:
        return Check(name, "warning", "not looked at: .venv is not made yet", "run it again once .venv is made")
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session.refuse_redirected_endpoints(aws.environment)
        return Check(name, "ok", ask(aws))
    except _NotKnown as unknown:
        return Check(name, "warning", f"not known: {unknown}")
    except Failure as failure:
        return Check(name, "missing", "; ".join([failure.message, *failure.reason.splitlines()]), failure.next_step)
    except (BotoCoreError, ClientError) as error:
        cause = causes.of(error)
        return Check(name, "missing", cause.why, cause.remedy or "use credentials that allow it")
