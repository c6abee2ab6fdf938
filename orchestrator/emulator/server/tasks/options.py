"""The engine's options for a container, from its definition: what the emulator keeps and does not use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Definition = Mapping[str, Any]

SECOND = 10**9
# A fixed host port is for this machine's own use: published on every address, it would be open to its network.
LOCAL = "127.0.0.1"
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
HEALTH_INTERVAL, HEALTH_TIMEOUT, HEALTH_RETRIES = 30, 5, 3
# The engine keeps what a container writes as well, as long as that exists, and has no limit of its own.
LOG = {"type": "json-file", "config": {"max-size": "8m", "max-file": "2"}}


def with_definition(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What makes the engine's options from a container definition, with the rest of the definition among them."""

    def built(definition: Definition, task: Definition, *rest: Any, **more: Any) -> dict[str, Any]:
        return published(build(definition, task, *rest, **more)) | options(definition, task) | {"log_config": LOG}

    return built


def options(definition: Definition, task: Definition) -> dict[str, Any]:
    """What the container's and the task's definition say beyond image, command, environment and ports."""
    linux = definition.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    memory = memory_limit(definition, task)
    return {
        name: value
        for name, value in {
            "entrypoint": list(definition.get("entryPoint") or []),
            "user": definition.get("user"),
            "working_dir": definition.get("workingDirectory"),
            "read_only": definition.get("readonlyRootFilesystem"),
            "init": linux.get("initProcessEnabled"),
            "cap_drop": list(capabilities.get("drop") or []),
            "tmpfs": {each["containerPath"]: _tmpfs(each) for each in linux.get("tmpfs") or []},
            # Fargate has no swap: what exceeds the limit is killed.
            "mem_limit": memory,
            "memswap_limit": memory,
            "ulimits": [_ulimit(each) for each in definition.get("ulimits") or []],
            "healthcheck": _health(definition.get("healthCheck")),
        }.items()
        if value
    }


def memory_limit(definition: Definition, task: Definition) -> str:
    """How much memory the container may use; empty where nothing limits it."""
    amount = str(definition.get("memory") or task.get("memory") or "").upper().replace(" ", "")
    if not amount:
        return ""
    # ECS takes both 1024 and "1 GB".
    return f"{amount.removesuffix('GB')}g" if amount.endswith("GB") else f"{amount}m"


def published(built: dict[str, Any]) -> dict[str, Any]:
    """The options with host ports on this machine alone; in the host's own network there are none to publish."""
    ports = {} if built.get("network_mode") == "host" else built.get("ports") or {}
    return {**built, "ports": {port: (LOCAL, host or None) for port, host in ports.items()} or None}


def _tmpfs(mount: Definition) -> str:
    return ",".join([f"size={mount['size']}m", *(mount.get("mountOptions") or [])])


def _ulimit(limit: Definition) -> dict[str, Any]:
    return {"Name": limit["name"], "Soft": limit["softLimit"], "Hard": limit["hardLimit"]}


def _health(check: Definition | None) -> dict[str, Any]:
    if not check:
        return {}
    return {
        "test": list(check["command"]),
        "interval": SECOND * (check.get("interval") or HEALTH_INTERVAL),
        "timeout": SECOND * (check.get("timeout") or HEALTH_TIMEOUT),
        "retries": check.get("retries") or HEALTH_RETRIES,
        "start_period": SECOND * (check.get("startPeriod") or 0),
    }
