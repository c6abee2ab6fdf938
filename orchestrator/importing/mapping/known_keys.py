"""Which keys Copilot documents, and where: for those that it takes no notice of, because they stand elsewhere."""

from __future__ import annotations

import difflib
import re

from orchestrator.importing.tree import Place, shown

_SERVICE = frozenset({
    "name", "type", "image", "cpu", "memory", "platform", "count", "exec", "variables", "env_file", "secrets",
    "storage", "network", "entrypoint", "command", "sidecars", "logging", "observability", "publish",
    "taskdef_overrides", "environments",
})  # fmt: skip
_OF_TYPE = {
    "Load Balanced Web Service": _SERVICE | {"http", "nlb", "deployment"},
    "Backend Service": _SERVICE | {"http", "deployment"},
    "Worker Service": _SERVICE | {"subscribe", "deployment"},
    "Scheduled Job": (_SERVICE - {"observability"}) | {"on", "retries", "timeout"},
    "Request-Driven Web Service": frozenset({
        "name", "type", "image", "cpu", "memory", "platform", "count", "variables", "secrets", "http", "network",
        "observability", "publish", "command", "tags", "environments",
    }),
}  # fmt: skip
_EVERYWHERE = frozenset().union(*_OF_TYPE.values())
# Below which keys a key is documented.
_BELOW = {
    "build": "image", "location": "image", "port": "image", "depends_on": "image", "labels": "image",
    "credentials": "image", "healthcheck": "image, or for the load balancer http", "context": "image.build",
    "dockerfile": "image.build", "target": "image.build", "args": "image.build", "cache_from": "image.build",
    "path": "http", "alias": "http", "target_container": "http", "stickiness": "http",
    "grace_period": "http.healthcheck",
    "success_codes": "http.healthcheck", "start_period": "image.healthcheck", "retries": "image.healthcheck",
    "range": "count", "spot": "count", "cooldown": "count", "cpu_percentage": "count", "memory_percentage": "count",
    "requests": "count", "response_time": "count", "queue_delay": "count", "spot_from": "count.range",
    "min": "count.range", "max": "count.range", "secretsmanager": "a secret in secrets",
    "from_cfn": "a variable or secret", "mount_points": "a sidecar", "essential": "a sidecar", "connect": "network",
    "vpc": "network", "placement": "network.vpc", "security_groups": "network.vpc", "volumes": "storage",
    "efs": "a volume in storage.volumes", "readonly_fs": "storage", "ephemeral": "storage", "rolling": "deployment",
    "rollback_alarms": "deployment", "topics": "publish or subscribe", "queue": "subscribe", "retention": "logging",
    "dead_letter": "subscribe.queue", "schedule": "on", "tracing": "observability",
}  # fmt: skip


def fits(name: str, kind: str) -> bool:
    """True if Copilot takes notice of that key at the top of a manifest of that type."""
    return name in _OF_TYPE.get(kind, _EVERYWHERE)


def is_known(place: Place) -> bool:
    """True for a key that Copilot documents somewhere."""
    return bool(place) and (place[-1] in _EVERYWHERE or place[-1] in _BELOW)


def why(place: Place) -> str:
    """What is said of a key that Copilot takes no notice of."""
    steps = place[2:] if place[0] == "environments" and len(place) > 2 else place
    names = [step for step in steps if step[:1] != "["] or [""]
    number = next((number for number in range(len(names)) if _is_misplaced(names, number)), len(names) - 1)
    name, is_top = names[number], number == 0
    if name in _BELOW and (name not in _EVERYWHERE or not is_top):
        return f"Copilot knows {name} below {_BELOW[name]} and ignores it here: check the indentation, or remove it"
    if name in _EVERYWHERE and not is_top:
        return f"Copilot knows {name} at the top of a manifest and ignores it here: check the indentation, or remove it"
    if name in _EVERYWHERE:
        return f"Copilot ignores {name} in a manifest of this type: remove it"
    near = difflib.get_close_matches(name, sorted({*_EVERYWHERE, *_BELOW}), n=1, cutoff=0.8)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"Copilot has no key {shown(place)}, and ignores it{hint}"


def _is_misplaced(names: list[str], number: int) -> bool:
    """True for a key at the top that Copilot does not have there, and for one that it has below another key."""
    name = names[number]
    if number == 0:
        return name not in _EVERYWHERE
    above = re.findall(r"\w+", _BELOW.get(name, ""))
    return (name in _BELOW or name in _EVERYWHERE) and names[number - 1] not in above


def names_host(text: str, service: str) -> bool:
    """True if a text holds an address of that service: http://NAME:PORT, or its name in service discovery."""
    found = rf"//{re.escape(service)}(\.[a-z0-9-]+\.[a-z0-9-]+\.local)?(?::[0-9]+)?(?=[/?#\s,\"']|$)"
    return re.search(found, text) is not None
