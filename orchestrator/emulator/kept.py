"""What a stopped emulator has kept: looked at before the next one starts, which would take a broken file for none.

The emulator replaces its files whole, so only a disk that lost power, or somebody else, breaks one. It then would begin
with nothing in that service, and write that over what can still be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from orchestrator.emulator.server import layers
from orchestrator.emulator.server.layers import Layers

LOST = {
    "dynamodb": "the tables with all that was saved in them",
    "ecr": "the images (they are built again)",
    "ecs": "the cluster and its services (they are made again)",
    "alb": "the load balancer (it is made again)",
    "scaling": "the scaling targets and policies (they are made again)",
    "scheduler": "the schedules (they are made again)",
    "sqs": "the queues with the messages in them",
    "iam": "the roles (they are made again)",
    "ec2": "the network (it is made again)",
    "cloudwatch_logs": "what the containers have logged",
}


def check(state: Path, say: Callable[[str], None]) -> list[Path]:
    """Put aside every state file that cannot be read, and say what is lost with it. Where they are now."""
    aside = []
    for file in sorted(state.glob("*.json")):
        if not is_whole(file):
            aside.append(_put_aside(file))
            lost = LOST.get(file.stem, f"what the emulated AWS kept of {file.stem}")
            say(f"warning: {file.name} is broken and was put aside as {aside[-1]}. Lost with it: {lost}")
    return aside


def is_whole(file: Path) -> bool:
    """True for a file that the emulator can read, with all that it names."""
    hook = Layers(file.parent).checking if layers.belongs(file) else None
    try:
        return isinstance(json.loads(file.read_bytes(), object_hook=hook), dict)
    except (ValueError, RecursionError):
        return False


def _put_aside(file: Path) -> Path:
    number = 1
    while (to := file.with_name(f"{file.name}.broken-{number}")).exists():
        number += 1
    return file.rename(to)
