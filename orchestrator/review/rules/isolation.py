"""Walls around what runs that are taken down: of containers, and around a server's credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts import containers
from orchestrator.review.rules.kit.attributes import at, attribute_path, blocks, hidden
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, switched_off

_HIGH, _MEDIUM = Severity.HIGH, Severity.MEDIUM
_METADATA = Switch(
    "metadata_options.http_tokens",
    "The metadata service answers without a token (IMDSv1): a request that an application is tricked into gets the "
    "credentials of the server's role.",
    'Keep http_tokens = "required".',
    _MEDIUM,
    protects=lambda value: value == "required",
)
_SERVERS = frozenset(("aws_instance", "aws_launch_template", "aws_launch_configuration"))
# As powerful as root on the server.
_POWERFUL = frozenset(("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"))
_SHARED = {
    "pid_mode": "It sees the processes of the whole server, with what is in their memory and environment.",
    "ipc_mode": "It shares memory with other containers of the server.",
    "network_mode": "It uses the server's own network, and reaches what listens on it only for itself.",
}
_SHARED_NODE = {
    "host_pid": "It sees the processes of the whole node, with what is in their memory and environment.",
    "host_ipc": "It shares memory with other programs on the node.",
    "host_network": "It uses the node's own network, and reaches what listens on it only for itself.",
}
_TEMPLATE = "spec.template.spec"
_PODS = {
    "kubernetes_pod": "spec",
    "kubernetes_pod_v1": "spec",
    **dict.fromkeys(
        (f"kubernetes_{kind}" for kind in ("deployment", "deployment_v1", "stateful_set", "stateful_set_v1")), _TEMPLATE
    ),
}
"""Where workloads describe their pods. A daemon set serves the node itself, and often must be let in."""

_ADVICE = "Give only what the program needs to run; most need none of it."


def _weaker(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if resource.type in _SERVERS:
        if resource.action in (Action.UPDATE, Action.REPLACE):
            yield from switched_off("isolation-weakened", resource, (_METADATA,))
        return
    if resource.after is None:
        return
    if resource.type in _PODS:
        yield from _pods(resource)
        return
    for attribute, says in _SHARED.items():
        before, after = at(resource.before, attribute), at(resource.after, attribute)
        if after == "host" and before != "host" and not hidden(before):
            yield _finding(resource, (attribute,), says, before, after, _MEDIUM)
    old = {str(item.get("name")): item for item in containers.definitions(resource.before)}
    for place, item in enumerate(containers.definitions(resource.after)):
        name = str(item.get("name"))
        if name in old or resource.before is None:
            yield from _container(resource, place, old.get(name, {}), item)


def _pods(resource: Resource) -> Iterator[Finding]:
    """What the containers of Kubernetes' workloads may do with their node."""
    path = _PODS[resource.type]
    for name, says in _SHARED_NODE.items():
        before, after = at(resource.before, f"{path}.{name}"), at(resource.after, f"{path}.{name}")
        if after is True and before is not True and not hidden(before):
            yield _finding(resource, attribute_path(resource, f"{path}.{name}"), says, before, after, _MEDIUM)
    old = {str(item.get("name")): item for item in blocks(resource.before, f"{path}.container")}
    for item in blocks(resource.after, f"{path}.container"):
        before = at(old.get(str(item.get("name"))), "security_context.privileged")
        if at(item, "security_context.privileged") is True and before is not True:
            says = f"The container {item.get('name')} is privileged: who breaks into it has the whole node."
            yield _finding(resource, attribute_path(resource, f"{path}.container"), says, before, True, _HIGH)


def _container(
    resource: Resource, place: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Finding]:
    name = after.get("name")
    if after.get("privileged") is True and before.get("privileged") is not True:
        says = f"The container {name} is privileged: who breaks into it has the whole server."
        yield _finding(resource, (place, "privileged"), says, before.get("privileged"), True, _HIGH)
        return
    added = sorted(_powers(after) - _powers(before))
    if added:
        says = f"The container {name} gets {', '.join(added)}: with that it can take over the server."
        yield _finding(resource, (place, "linuxParameters", "capabilities", "add"), says, None, added, _HIGH)
    if before.get("readonlyRootFilesystem") is True and after.get("readonlyRootFilesystem") is not True:
        says = f"The container {name} can write to its own file system: who breaks in can change the program."
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
    whole = path if isinstance(path[0], str) else ("container_definitions", *path)
    return Finding("isolation-weakened", severity, resource.address, says, _ADVICE, whole, before, after)


RULES: tuple[Rule, ...] = (
    Rule(
        "isolation-weakened",
        Severity.HIGH,
        "A wall around what runs is taken down",
        "It is what keeps a break-in into one program from reaching the server and its credentials.",
        _weaker,
        _SERVERS | {"aws_ecs_task_definition", *_PODS},
    ),
)
