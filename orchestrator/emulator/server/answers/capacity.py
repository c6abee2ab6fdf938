"""Capacity of one's own: what MiniStack forgets of providers and launch templates, and an action that it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

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


_INTERFACES = "NetworkInterfaces"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateInstanceNetworkInterfaceSpecification.html
_TAGS = {
    "DeviceIndex": "deviceIndex",
    "SubnetId": "subnetId",
    "Description": "description",
    "AssociatePublicIpAddress": "associatePublicIpAddress",
    "DeleteOnTermination": "deleteOnTermination",
}


def template_read(parse: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The reader of a launch template, which keeps whether an interface goes with its instance."""
    from ministack.services import ec2

    def read(params: Mapping[str, Any], prefix: str = "LaunchTemplateData") -> dict[str, Any]:
        data = parse(params, prefix)
        for number, interface in enumerate(data.get(_INTERFACES, []), 1):
            given = ec2._p(params, f"{prefix}.NetworkInterface.{number}.DeleteOnTermination")
            if given:
                interface["DeleteOnTermination"] = given.lower() == "true"
        return data

    return read


def template_shown(show: Callable[[Mapping[str, Any]], str]) -> Callable[[Mapping[str, Any]], str]:
    """A launch template as XML. AWS calls the elements of an interface's groups groupId, MiniStack item."""

    def shown(data: Mapping[str, Any]) -> str:
        text = show({name: value for name, value in data.items() if name != _INTERFACES})
        interfaces = "".join(f"<item>{_interface(item)}</item>" for item in data.get(_INTERFACES, []))
        return text + (f"<networkInterfaceSet>{interfaces}</networkInterfaceSet>" if interfaces else "")

    return shown


def _interface(values: Mapping[str, Any]) -> str:
    text = ""
    for name, tag in _TAGS.items():
        if name in values:
            value = values[name]
            text += f"<{tag}>{str(value).lower() if isinstance(value, bool) else escape(str(value))}</{tag}>"
    groups = "".join(f"<groupId>{escape(group)}</groupId>" for group in values.get("Groups", []))
    return text + (f"<groupSet>{groups}</groupSet>" if groups else "")
