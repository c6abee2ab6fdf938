"""Pods: how far they are kept apart from their node, how it is noticed that they fail, what they may use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kubernetes.objects import (
    WORKLOADS,
    Values,
    on_every_node,
    pod_path,
)
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number
from orchestrator.review.rules.kit.rows import CHANGED, Judged, Row
from orchestrator.review.values import AttributePath

_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
_ADVICE = "Grant only what the program needs to run; most need none of it."
_ADVICE_PROBE = "Keep the probe as strict as it is; if the application has become slower, fix that or say why."
# As powerful as root on the node.
_POWERFUL = frozenset(("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"))
_SHARED = {
    "host_pid": "It sees all processes of the node, including their memory and environment.",
    "host_ipc": "It shares memory with other programs on the node.",
    "host_network": "It uses the node's network, including services that only listen locally.",
}
_ROOT_OF_NODE = re.compile(
    r"/?$|/(?:etc|root|boot|dev|proc|sys|home|run|var|var/run|var/lib|var/lib/(?:kubelet|docker|containerd|etcd))/?$"
    r"|/etc/kubernetes(?:/.*)?$|.*\.sock$"
)
_PROBES = {
    "readiness_probe": "it gets requests as soon as its process runs, also while it starts or hangs",
    "liveness_probe": "it is not restarted any more when it hangs",
    "startup_probe": "the other probes start at once, and may restart it while it still starts",
}
_OF_CONTAINERS = ("capabilities", "root", "allow_privilege_escalation", "run_as_non_root", "read_only_root_filesystem")
_QUANTITY = re.compile(r"([0-9.]+)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")
_UNITS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15} | {
    f"{name}i": 1024.0**power for power, name in enumerate("KMGTP", 1)
}


@dataclass(frozen=True, slots=True)
class _Weakness:
    """Something that pods may do with their node. `born` is the severity in a new workload, `agent` in a new daemon
    set; None if it says nothing there."""

    key: tuple[str, ...]
    says: str
    path: AttributePath
    severity: Severity = _MEDIUM
    born: Severity | None = _MEDIUM
    agent: Severity | None = _LOW


def isolation(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """What the pods of a workload may do with their node that they could not before."""
    if resource.after is None:
        return
    path = pod_path(resource)
    before = {item.key for item in _weaknesses(resource.before, path)}
    after = list(_weaknesses(resource.after, path))
    privileged = {item.key[1] for item in after if item.key[0] == "privileged"}
    as_root = {item.key[1] for item in after if item.key[0] == "root"}
    for item in after:
        # Who is privileged needs nothing else.
        if item.key in before or (item.key[0] in _OF_CONTAINERS and item.key[1] in privileged):
            continue
        if item.key[0] == "run_as_non_root" and item.key[1] in as_root:
            continue
        born = item.agent if on_every_node(resource) else item.born
        severity = born if resource.before is None or _is_new(resource, path, item) else item.severity
        if severity is not None:
            yield Finding("", severity, resource.address, item.says, _ADVICE, item.path)


def _is_new(resource: Resource, path: str, item: _Weakness) -> bool:
    """True for what is said of a container that was not there before."""
    name = item.key[1] if len(item.key) > 1 else ""
    return bool(name) and item.key[0] != "host_path" and name not in _containers(resource.before, path)


def _weaknesses(values: Values | None, path: str) -> Iterator[_Weakness]:
    pod = at(values, path)
    if not isinstance(pod, Mapping | list | tuple):
        return
    here: AttributePath = tuple(path.split("."))
    for name, says in _SHARED.items():
        if at(pod, name) is True:
            yield _Weakness((name,), says, (*here, name))
    automount = at(pod, "automount_service_account_token")
    if automount is not False and not hidden(automount):
        says = "The token of its service account is put into the pods: who gets into one can use the cluster's API."
        yield _Weakness(("token",), says, (*here, "automount_service_account_token"), _MEDIUM, None, None)
    for volume in blocks(pod, "volume"):
        yield from _host_path(volume, here)
    for name, container in _containers(values, path).items():
        yield from _of_container(name, container, at(pod, "security_context"), here)


def _host_path(volume: Values, here: AttributePath) -> Iterator[_Weakness]:
    folder = at(volume, "host_path.path")
    if not isinstance(folder, str):
        return
    whole = _ROOT_OF_NODE.match(folder) is not None
    yield _Weakness(
        ("host_path", folder),
        f"The pods use {folder} of their node"
        + (": who gets into one controls the node with that." if whole else ", which outlives and connects them."),
        (*here, "volume"),
        _HIGH if whole else _MEDIUM,
        _HIGH if whole else _MEDIUM,
        _MEDIUM if whole and folder.endswith((".sock", "/")) else _LOW,
    )


def _of_container(name: str, container: Values, of_pod: Any, here: AttributePath) -> Iterator[_Weakness]:
    context, path = at(container, "security_context"), (*here, "container")
    if at(context, "privileged") is True:
        says = f"The container {name} is privileged: breaking into it gives access to the whole node."
        yield _Weakness(("privileged", name), says, path, _HIGH, _HIGH, _MEDIUM)
    added = at(context, "capabilities.add")
    powers = {str(item).upper().removeprefix("CAP_") for item in added} if isinstance(added, list) else set()
    if found := sorted(powers & _POWERFUL):
        says = f"The container {name} gets {', '.join(found)}: enough to take over the node."
        yield _Weakness(("capabilities", name, *found), says, path, _HIGH, _HIGH, _MEDIUM)
    user = at(context, "run_as_user")
    user = at(of_pod, "run_as_user") if user in (None, "") else user
    if str(user) == "0":
        says = f"The container {name} runs as root."
        yield _Weakness(("root", name), says, path, _MEDIUM, _LOW, _LOW)
    for key, good, says in (
        ("allow_privilege_escalation", False, "may gain more rights than it was started with"),
        ("run_as_non_root", True, "may run as root from now on"),
        ("read_only_root_filesystem", True, "can write to its root file system: an intruder can modify the program"),
    ):
        value = at(context, key)
        either = value is good or (key == "run_as_non_root" and at(of_pod, key) is True)
        # What they do unless told otherwise says nothing of a new workload.
        if not either and not hidden(value) and not hidden(context):
            yield _Weakness((key, name), f"The container {name} {says}.", path, _MEDIUM, None, None)


def _containers(values: Values | None, path: str) -> dict[str, Values]:
    return {
        str(item.get("name")): item
        for kind in ("container", "init_container")
        for item in blocks(values, f"{path}.{kind}")
    }


def probes(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Probes that are removed, or notice a failure much later."""
    if resource.action not in CHANGED:
        return
    path = pod_path(resource)
    before, after = _containers(resource.before, path), _containers(resource.after, path)
    found = []
    for name in before.keys() & after.keys():
        for probe, effect in _PROBES.items():
            old, new = at(before[name], probe), at(after[name], probe)
            if not old or hidden(old) or hidden(new):
                continue
            where = (*path.split("."), "container", probe)
            if not new:
                says = f"The container {name} has no {probe.replace('_', ' ')} any more: {effect}."
                found.append((says, where))
            elif (then := _seconds(old)) * 2 <= (now := _seconds(new)):
                says = f"The {probe.replace('_', ' ')} of the container {name} fails after {now:g} seconds instead of "
                found.append((f"{says}{then:g}.", where))
    if found:
        reason = " ".join(says for says, _ in sorted(found))
        yield Finding("", _MEDIUM, resource.address, reason, _ADVICE_PROBE, sorted(found)[0][1])


def _seconds(probe: Any) -> float:
    """How long a failure lasts until it is acted on. The defaults are those of Kubernetes."""
    return (number(at(probe, "period_seconds")) or 10) * (number(at(probe, "failure_threshold")) or 3)


def less_memory(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Containers that get half the memory or CPU, or less."""
    if resource.action not in CHANGED:
        return
    path = pod_path(resource)
    before, after = _containers(resource.before, path), _containers(resource.after, path)
    for name in sorted(before.keys() & after.keys()):
        for what in ("memory", "cpu"):
            limit = ("resources", "limits", what)
            then, now = at(before[name], limit), at(after[name], limit)
            old, new = quantity(then), quantity(now)
            if old and new and new <= old / 2:
                says = f"The container {name} may use {now} of {what} instead of {then}, which is half or less."
                advice = "Check the usage of the last weeks, including peaks, before this is applied."
                where = (*path.split("."), "container", *limit)
                yield Finding("", _MEDIUM, resource.address, says, advice, where, then, now)


def no_limits(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Containers whose memory is not limited any more."""
    if resource.action is not Action.UPDATE:
        return
    path = pod_path(resource)
    before, after = _containers(resource.before, path), _containers(resource.after, path)
    limit = ("resources", "limits", "memory")
    for name in sorted(before.keys() & after.keys()):
        then, now = at(before[name], limit), at(after[name], limit)
        if quantity(then) and now is None:
            says = f"The memory of the container {name} is not limited any more: it can take that of its neighbours."
            advice = "Keep a limit above what the container needs at its peaks."
            yield Finding("", _LOW, resource.address, says, advice, (*path.split("."), "container", *limit), then, now)


def quantity(value: Any) -> float | None:
    """`500m`, `512Mi` or `2` as a number; None if it is none."""
    found = _QUANTITY.match(str(value)) if isinstance(value, str | int | float) else None
    try:
        return float(found[1]) * _UNITS.get(found[2], 1.0) if found else None
    except ValueError:
        return None


ISOLATION: tuple[Row, ...] = (Judged(WORKLOADS, "spec", isolation),)
PROBES: tuple[Row, ...] = (Judged(WORKLOADS, "spec", probes),)
LESS: tuple[Row, ...] = (Judged(WORKLOADS, "spec", less_memory),)
UNLIMITED: tuple[Row, ...] = (Judged(WORKLOADS, "spec", no_limits),)
