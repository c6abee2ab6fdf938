"""Capacity of one's own: what MiniStack forgets of a capacity provider, and an action of its groups that it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Answer = tuple[int, dict[str, str], bytes]

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AutoScalingGroupProvider.html
DRAINING, DEFAULT = "managedDraining", "ENABLED"


def draining(create: Callable[[Mapping[str, Any]], Answer]) -> Callable[[Mapping[str, Any]], Answer]:
    """CreateCapacityProvider, which keeps whether instances are drained."""
    from ministack.services import ecs

    def answered(data: Mapping[str, Any]) -> Answer:
        status, headers, body = create(data)
        if status != 200:
            return status, headers, body
        made = json.loads(body)["capacityProvider"]
        group = ecs._capacity_providers[made["name"]]["autoScalingGroupProvider"]
        group[DRAINING] = (data.get("autoScalingGroupProvider") or {}).get(DRAINING) or DEFAULT
        made["autoScalingGroupProvider"] = group
        return status, headers, json.dumps({"capacityProvider": made}).encode()

    return answered


def set_instance_protection(parameters: Mapping[str, Any]) -> Answer:
    """SetInstanceProtection: no instance is there to protect, and Terraform calls it before it deletes a group."""
    from ministack.services import autoscaling

    answer: Answer = autoscaling._xml(
        200, "SetInstanceProtectionResponse", "<SetInstanceProtectionResult></SetInstanceProtectionResult>"
    )
    return answer
