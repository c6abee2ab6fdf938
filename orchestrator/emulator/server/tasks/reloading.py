"""The engine's options for a service's container whose files `up --watch` exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orchestrator.emulator.server.reloadable import Reloadable

RELOADER = Path(__file__).with_name("reloader.py")
# Where copied files are: the root file system is read-only, a volume is not. It is gone with the container.
FOLDER = "/reloaded"
# A network namespace has its own abstract addresses, and so each task.
ADDRESS = "storyizer-reload"
LABEL = "com.storyizer.reloadable"
# Connections that wait for a process whose successor listens go to that one, and are not reset. From Linux 5.14 on:
# https://docs.kernel.org/networking/ip-sysctl.html (tcp_migrate_req)
HANDED_ON = "net.ipv4.tcp_migrate_req"


def with_reloader(build: Callable[..., dict[str, Any]], folder: Path) -> Callable[..., dict[str, Any]]:
    """What makes the engine's options for a container, which asks the file in `folder` whether it is such a one."""
    from ministack.services import ecs

    def built(definition: Mapping[str, Any], *rest: Any, **more: Any) -> dict[str, Any]:
        made = build(definition, *rest, **more)
        labels = made["labels"]
        task = ecs._tasks.get(labels["com.amazonaws.ecs.task-arn"]) or {}
        cluster = labels["com.amazonaws.ecs.cluster"].rpartition("/")[2]
        is_own = task.get("group") == f"service:{definition['name']}"
        if is_own and definition["name"] in Reloadable(folder, cluster).services():
            return reloadable(made)
        return made

    return built


def reloadable(built: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the reloader as the container's program, the service's arguments as its."""
    volume = {"Type": "volume", "Source": None, "Target": FOLDER, "ReadOnly": False}
    shares_network = str(built.get("network_mode") or "").startswith("container:")
    hands_on = not shares_network and Path("/proc/sys", *HANDED_ON.split(".")).exists()
    return {
        **built,
        **({"sysctls": {HANDED_ON: "1"}} if hands_on else {}),
        "entrypoint": ["python3", "-c", RELOADER.read_text(), ADDRESS],
        "mounts": [*(built.get("mounts") or []), volume],
        "labels": {**built["labels"], LABEL: "true"},
    }
