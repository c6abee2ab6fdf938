"""Isolation of containers, and of a server's credentials, that is weakened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import containers
from orchestrator.review.rules.kit.attributes import at, attribute_path, blocks
from orchestrator.review.rules.kit.comparisons import one_of
from orchestrator.review.rules.kit.rows import Opens, Reads, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM
_ADVICE = "Grant only what the program needs to run; most need none of it."
_TASK = "aws_ecs_task_definition"
# As powerful as root on the server.
_POWERFUL = frozenset(("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"))
_TEMPLATE = "spec.template.spec"
_WORKLOADS = ("deployment", "deployment_v1", "stateful_set", "stateful_set_v1")
_PODS = {
    "kubernetes_pod": "spec",
    "kubernetes_pod_v1": "spec",
    **dict.fromkeys((f"kubernetes_{kind}" for kind in _WORKLOADS), _TEMPLATE),
}
"""Where workloads describe their pods. A daemon set serves the node itself, and often needs access to it."""


def _shares(types: str, path: str, value: object, says: str) -> Row:
    return Opens(types, path, (value,), says, _ADVICE, _MEDIUM, born=_MEDIUM)


def _of_pods(name: str, says: str) -> Iterator[Row]:
    for type_, path in _PODS.items():
        yield _shares(type_, f"{path}.{name}", True, says)


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
    *_of_pods("host_pid", "It sees all processes of the node, including their memory and environment."),
    *_of_pods("host_ipc", "It shares memory with other programs on the node."),
    *_of_pods("host_network", "It uses the node's network, including services that only listen locally."),
    Reads(_TASK, containers.NAME),
    *(Reads(type_, f"{path}.container") for type_, path in _PODS.items()),
)


def _containers(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.after is None:
        return
    if resource.type in _PODS:
        yield from _of_workload(resource, f"{_PODS[resource.type]}.container")
        return
    old = {str(item.get("name")): item for item in containers.definitions(resource.before)}
    for place, item in enumerate(containers.definitions(resource.after)):
        name = str(item.get("name"))
        if name in old or resource.before is None:
            yield from _of_task(resource, place, old.get(name, {}), item)


def _of_workload(resource: Resource, path: str) -> Iterator[Finding]:
    """What the containers of Kubernetes workloads may do with their node."""
    old = {str(item.get("name")): item for item in blocks(resource.before, path)}
    for item in blocks(resource.after, path):
        before = at(old.get(str(item.get("name"))), "security_context.privileged")
        if at(item, "security_context.privileged") is True and before is not True:
            says = f"The container {item.get('name')} is privileged: breaking into it gives access to the whole node."
            yield _finding(resource, attribute_path(resource, path), says, before, True, _HIGH)


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


RULE = Rule(
    "isolation-weakened",
    Severity.HIGH,
    "Container or host isolation is weakened",
    "Isolation keeps a break-in into one program from reaching the server and its credentials.",
    looks=_containers,
    watches=_ROWS,
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
        Silent(_TASK, None, _task()),
        Silent(_TASK, _task(user="1000"), _task(user="2000"), replaced=containers.NAME),
    ),
)
