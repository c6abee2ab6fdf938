"""Whether ECS may take the roles of tasks, and whether execution roles may read the secrets that tasks are given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.check import NOT_YET, Check
from orchestrator.verify.running import rights
from orchestrator.verify.running.services import AT_ONCE, Running

GROUP, SECRETS = "roles", "secrets"
_GONE = "NoSuchEntity"
_WHOLE_SECRET = re.compile(r"-[A-Za-z0-9]{6}$")


def checks(aws: Aws, running: Sequence[Running]) -> list[Check]:
    """A check for each role of what runs, and for each secret that an execution role reads."""
    if not running:
        return [check.skipped(GROUP, "assumable by ECS", NOT_YET)]
    roles = [(each.name, what, arn) for each in running for what, arn in each.roles.items()]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        trusted = list(pool.map(lambda role: _trusted(aws, *role), roles))
        readable = list(pool.map(lambda each: _readable(aws, each), running))
    return [*trusted, *(found for each in readable for found in each)]


def _context(aws: Aws) -> dict[str, str]:
    environment = aws.environment
    return rights.for_tasks(environment.account_id, environment.region, aws.partition, environment.prefix)


def _up(aws: Aws) -> str:
    return f"python3 orchestrate.py up {aws.environment.name}"


def _trusted(aws: Aws, service: str, what: str, arn: str) -> Check:
    name, own = f"{what} role of {service}", arn.rpartition("/")[2]
    told = ask(f"the role {own}", lambda: aws.client("iam").get_role(RoleName=own)["Role"], _GONE)
    if isinstance(told, Unread):
        return check.skipped(GROUP, name, told.why)
    if isinstance(told, Missing):
        return check.wrong(GROUP, name, f"there is no role {own}", f"{_up(aws)} makes it again", blocks=False)
    answer = rights.trusts(told["AssumeRolePolicyDocument"], _context(aws))
    if answer is True:
        return check.ok(GROUP, name, f"ECS tasks may assume {own}")
    if answer is False:
        why = f"the trust policy of {own} does not let ecs-tasks.amazonaws.com assume it for tasks of this account"
        return check.wrong(GROUP, name, why, f"{_up(aws)} writes its trust policy again", blocks=False)
    return check.skipped(GROUP, name, f"{own}: {answer}")


def _readable(aws: Aws, each: Running) -> list[Check]:
    wanted = {
        str(item["valueFrom"]): str(item["name"])
        for container in each.containers
        for item in container.get("secrets") or ()
    }
    role = each.roles.get("execution", "").rpartition("/")[2]
    if not wanted or not role:
        return []
    policies = ask(f"the policies of {role}", lambda: _policies(aws, role), _GONE)
    found = []
    for place, variable in wanted.items():
        name = f"{variable} by the execution role of {each.name}"
        if isinstance(policies, Unread | Missing):
            why = policies.why if isinstance(policies, Unread) else f"there is no role {role}"
            found.append(check.skipped(SECRETS, name, why))
            continue
        found.append(_may_read(aws, name, role, place, policies))
    return found


def _may_read(aws: Aws, name: str, role: str, place: str, policies: Sequence[Any]) -> Check:
    environment = aws.environment
    if not place.startswith("arn:"):  # of an SSM parameter of the same account, a name is enough
        place = f"arn:{aws.partition}:ssm:{environment.region}:{environment.account_id}:parameter/{place.lstrip('/')}"
    service = place.split(":")[2]
    action = "ssm:GetParameters" if service == "ssm" else "secretsmanager:GetSecretValue"
    resource = place if service == "ssm" else secret_asked_for(place)
    answer = rights.allows(policies, action, resource, _context(aws))
    if answer is True:
        return check.ok(SECRETS, name, f"{role} may read it")
    if answer is False:
        return check.wrong(
            SECRETS, name, f"no policy of {role} allows {action} on {resource}",
            f"{_up(aws)} writes its policies again", blocks=False,
        )  # fmt: skip
    return check.skipped(SECRETS, name, f"{role}: {answer}")


def secret_asked_for(place: str) -> str:
    """The ARN that IAM looks at for a task definition's reference to a secret.

    Behind a secret's own ARN stand a key of its JSON, a stage and a version. A reference by name alone has not the six
    characters that AWS puts behind the name; IAM looks at the whole ARN, so that any six stand for them here.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
    """
    arn = ":".join(place.split(":")[:7])
    return arn if _WHOLE_SECRET.search(arn) else f"{arn}-AbCdEf"


def _policies(aws: Aws, role: str) -> list[Any]:
    """The documents of the policies of its own. Those that are attached are somebody else's, and not read."""
    client = aws.client("iam")
    pages = client.get_paginator("list_role_policies").paginate(RoleName=role)
    names = [name for page in pages for name in page["PolicyNames"]]
    return [client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
