"""Releases of Helm charts: what can be told of one from its settings. The plan does not have its objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kubernetes.manifests import loaded
from orchestrator.review.rules.facts.clouds.kubernetes.objects import Values
from orchestrator.review.rules.kit.attributes import at, blocks, hidden, number, switch
from orchestrator.review.rules.kit.comparisons import Comparison
from orchestrator.review.rules.kit.rows import CHANGED, UPDATED, Judged, Row, Watch
from orchestrator.review.values import AttributePath, Sensitive, shown

_RELEASE = "helm_release"
_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
_DEEPEST = 12
Setting = tuple[AttributePath, Any]


def _settings(values: Values | None) -> dict[str, Setting]:
    """The chart's settings by their names with dots; what comes later wins, as with Helm itself."""
    found: dict[str, Setting] = {}
    texts = at(values, "values")
    for index, text in enumerate(texts if isinstance(texts, list | tuple) else ()):
        if isinstance(text, str):
            found |= dict(_flat(loaded(text), "", ("values", index)))
    for name in ("set", "set_sensitive"):
        for index, block in enumerate(blocks(values, name)):
            if isinstance(key := block.get("name"), str):
                found[key.replace("\\.", "·")] = ((name, index, "value"), block.get("value"))
    return found


def _flat(value: Any, name: str, path: AttributePath, depth: int = 0) -> Iterator[tuple[str, Setting]]:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key), path, depth + 1)
    elif name:
        yield name, (path, value)


def _changed(resource: Resource) -> Iterator[tuple[str, Any, Any, AttributePath]]:
    """The settings that change: name, both values, and where. What is hidden is left out."""
    if resource.action not in CHANGED or hidden(at(resource.after, "values")):
        return
    before, after = _settings(resource.before), _settings(resource.after)
    for name in sorted(before.keys() | after.keys()):
        old, (path, new) = before.get(name, ((), None))[1], after.get(name, (("values",), None))
        if old != new and not (hidden(old) or hidden(new) or isinstance(new, Sensitive)):
            yield name, old, new, path


def _is(name: str, *endings: str) -> bool:
    return name.lower().endswith(tuple(f".{end}" for end in endings)) or name.lower() in endings


def no_pods(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Numbers of pods that become 0."""
    for name, old, new, path in _changed(resource):
        if _is(name, "replicacount", "replicas") and number(new) == 0 and (number(old) or 0) > 0:
            says = f"The chart's setting {name} drops from {shown(old)} to 0: none of these pods runs."
            advice = "Set it to what is needed; to turn something off for good, remove it."
            yield Finding("", _HIGH, resource.address, says, advice, path, old, new)


def fewer_pods(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Numbers of pods that are halved."""
    for name, old, new, path in _changed(resource):
        then, now = number(old), number(new)
        if _is(name, "replicacount", "replicas") and then and now and now <= then / 2:
            says = f"The chart's setting {name} drops from {then:g} to {now:g} pods, which is half or less."
            advice = "Check the usage of the last weeks, including peaks, before this is applied."
            yield Finding("", _MEDIUM, resource.address, says, advice, path, old, new)


def not_kept(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Persistence, network policies and budgets of a chart that are turned off."""
    for name, old, new, path in _changed(resource):
        if switch(old) is not True or switch(new) is not False:
            continue
        if _is(name, "persistence.enabled", "persistentvolume.enabled"):
            says = f"The chart's setting {name} is turned off: its data is lost when a pod is, and its volumes may go."
            yield Finding("", _HIGH, resource.address, says, "Leave persistence on.", path, old, new)
        elif _is(name, "networkpolicy.enabled", "networkpolicy.create"):
            says = (
                f"The chart's setting {name} is turned off: its network policies go, and its pods accept connections "
            )
            says += "that only they prevent."
            yield Finding("", _HIGH, resource.address, says, "Leave the network policy on.", path, old, new)
        elif _is(name, "auth.enabled", "security.enabled", "authentication.enabled"):
            says = f"The chart's setting {name} is turned off: whoever reaches the program needs no login."
            yield Finding("", _HIGH, resource.address, says, "Leave it on.", path, old, new)


def opened(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Services of a chart that get a load balancer."""
    for name, old, new, path in _changed(resource):
        if _is(name, "service.type", "servicetype") and new == "LoadBalancer" and old not in (None, "LoadBalancer"):
            says = f"The chart's setting {name} becomes LoadBalancer: the service may be reached from the internet."
            advice = "Name the networks that may reach it (loadBalancerSourceRanges), or put an ingress in front."
            yield Finding("", _MEDIUM, resource.address, says, advice, path, old, new)


def privileged(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Containers of a chart that become privileged."""
    for name, old, new, path in _changed(resource):
        if _is(name, "privileged", "hostnetwork", "hostpid") and switch(new) is True and switch(old) is not True:
            says = f"The chart's setting {name} is turned on: breaking into such a pod gives access to its node."
            advice = "Grant only what the program needs to run; most need none of it."
            yield Finding("", _HIGH, resource.address, says, advice, path, old, new)


def _major(value: Any) -> list[str]:
    found = re.match(r"v?(\d+)(?:\.(\d+))?", value) if isinstance(value, str) else None
    # Before 1.0 every minor version may break something (semver.org).
    return [] if found is None else [found[1], found[2] or "0"] if found[1] == "0" else [found[1]]


_other_major = Comparison(
    "changes to another major version",
    ("4.10.1", "5.0.0"),
    lambda value: value if _major(value) else None,
    lambda old, new: _major(old) != _major(new),
)

UPGRADED: tuple[Row, ...] = (
    Watch(
        _RELEASE,
        "version",
        _other_major,
        "The chart changes to another major version ({before} -> {after}): its objects may be replaced, and settings "
        "may mean something else. The plan does not show which of its objects change.",
        "Read the chart's upgrade notes, and compare with `helm diff upgrade` or `helm template` of both versions.",
        actions=UPDATED,
        unknown=None,
    ),
)
NO_PODS: tuple[Row, ...] = (Judged(_RELEASE, "values set", no_pods),)
FEWER_PODS: tuple[Row, ...] = (Judged(_RELEASE, "values set", fewer_pods),)
NOT_KEPT: tuple[Row, ...] = (Judged(_RELEASE, "values set", not_kept),)
OPENED: tuple[Row, ...] = (Judged(_RELEASE, "values set", opened),)
PRIVILEGED: tuple[Row, ...] = (Judged(_RELEASE, "values set", privileged),)
