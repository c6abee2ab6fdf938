"""Isolation of containers, and of a server's credentials, that is weakened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import containers
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.clouds.google import logins as google_logins
from orchestrator.review.rules.facts.clouds.google import openings as google_openings
from orchestrator.review.rules.facts.clouds.google import protection as google_protection
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import one_of
from orchestrator.review.rules.kit.rows import Opens, Reads, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM
_ADVICE = "Grant only what the program needs to run; most need none of it."
_TASK = "aws_ecs_task_definition"
# As powerful as root on the server.
_POWERFUL = frozenset(("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"))


def _shares(types: str, path: str, value: object, says: str) -> Row:
    return Opens(types, path, (value,), says, _ADVICE, _MEDIUM, born=_MEDIUM)


_ROWS: tuple[Row, ...] = (
    protects(
        "aws_instance aws_launch_template aws_launch_configuration",
        "metadata_options.http_tokens",
        "The metadata service answers without a token (IMDSv1): an application tricked into sending a request gives "
        "away the credentials of the server's role.",
        'Keep http_tokens = "required".',
        _MEDIUM,
        as_long_as=one_of("required"),
    ),
    _shares(_TASK, "pid_mode", "host", "It sees all processes of the server, including their memory and environment."),
    _shares(_TASK, "ipc_mode", "host", "It shares memory with other containers of the server."),
    _shares(
        _TASK, "network_mode", "host", "It uses the server's network, including services that only listen locally."
    ),
    *google_protection.ISOLATION,
    Reads(google_openings.INSTANCES, "service_account"),
    Reads(_TASK, containers.NAME),
)


def _containers(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    if resource.type in google_openings.INSTANCES.split():
        yield from google_logins.full_scope(resource, plan)
        return
    old = {str(item.get("name")): item for item in containers.definitions(resource.before)}
    for place, item in enumerate(containers.definitions(resource.after)):
        name = str(item.get("name"))
        if name in old or resource.before is None:
            yield from _of_task(resource, place, old.get(name, {}), item)


def _of_task(resource: Resource, place: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Finding]:
    name = after.get("name")
    if after.get("privileged") is True and before.get("privileged") is not True:
        says = f"The container {name} is privileged: breaking into it gives access to the whole server."
        yield _finding(resource, (place, "privileged"), says, before.get("privileged"), True, _HIGH)
        return
    added = sorted(_powers(after) - _powers(before))
    if added:
        says = f"The container {name} gets {', '.join(added)}: enough to take over the server."
        yield _finding(resource, (place, "linuxParameters", "capabilities", "add"), says, None, added, _HIGH)
    if before.get("readonlyRootFilesystem") is True and after.get("readonlyRootFilesystem") is not True:
        says = f"The container {name} can write to its root file system: an intruder can modify the program."
        now = after.get("readonlyRootFilesystem")
        yield _finding(resource, (place, "readonlyRootFilesystem"), says, True, now, _MEDIUM)
    if _is_root(after.get("user")) and before.get("user") and not _is_root(before.get("user")):
        says = f"The container {name} runs as root from now on."
        yield _finding(resource, (place, "user"), says, before.get("user"), after.get("user"), _MEDIUM)


def _is_root(user: Any) -> bool:
    return not user or str(user).partition(":")[0] in ("root", "0")


def _powers(container: Mapping[str, Any]) -> set[str]:
    added = at(container, "linuxParameters.capabilities.add")
    named = {str(item).upper().removeprefix("CAP_") for item in added} if isinstance(added, list) else set()
    return named & _POWERFUL


def _finding(
    resource: Resource, path: tuple[str | int, ...], says: str, before: Any, after: Any, severity: Severity
) -> Finding:
    whole = path if isinstance(path[0], str) else (containers.NAME, *path)
    return Finding("isolation-weakened", severity, resource.address, says, _ADVICE, whole, before, after)


def _task(**container: Any) -> dict[str, str]:
    return {"family": "app", containers.NAME: json.dumps([{"name": "app", "image": "app:1", **container}])}


def _pod(**container: Any) -> dict[str, Any]:
    pod = {"container": [{"name": "app", "image": "app:1", **container}]}
    return {"metadata": [{"name": "app"}], "spec": [{"template": [{"spec": [pod]}]}]}


RULE = Rule(
    "isolation-weakened",
    Severity.HIGH,
    "Container or host isolation is weakened",
    "Isolation keeps a break-in into one program from reaching the server and its credentials.",
    looks=_containers,
    watches=(*_ROWS, *rows_for("isolation-weakened")),
    examples=(
        Fires(_TASK, _task(), _task(privileged=True), replaced=containers.NAME),
        Fires(_TASK, _task(user="1000"), _task(user="root"), _MEDIUM, replaced=containers.NAME),
        Fires(
            "aws_launch_template",
            {"metadata_options": [{"http_tokens": "required"}]},
            {"metadata_options": [{"http_tokens": "optional"}]},
            _MEDIUM,
        ),
        Fires(_TASK, None, _task() | {"pid_mode": "host"}, _MEDIUM),
        Fires("kubernetes_deployment", _pod(), _pod(security_context=[{"privileged": True}])),
        Silent(_TASK, None, _task()),
        Silent(_TASK, _task(user="1000"), _task(user="2000"), replaced=containers.NAME),
    ),
)
