"""OpenStack: ports without security groups, public addresses, containers and images for everybody."""

from __future__ import annotations

from typing import Any

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.clouds.kit.credentials import created
from orchestrator.review.rules.kit.attributes import values_at
from orchestrator.review.rules.kit.comparisons import becomes, loses_items, not_false, not_true
from orchestrator.review.rules.kit.rows import Opens, Row, Values, Watch, protects
from orchestrator.review.values import AttributePath

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_PORT = "openstack_networking_port_v2"
_KEEP = "Keep the security groups."
_TO_MACHINE = "Keep it in a private network, with a load balancer or a bastion host in front."


def _associated(values: Values) -> tuple[AttributePath, Any] | None:
    for name in ("port_id", "instance_id"):
        found = next((value for _, value in values_at(values, [name])), None)
        if isinstance(found, str) and found:
            return (name,), found
    return None


def _readable(values: Values) -> tuple[AttributePath, Any] | None:
    acl = values.get("container_read")
    return (("container_read",), acl) if isinstance(acl, str) and ".r:*" in acl.split(",") else None


def _writable(values: Values) -> tuple[AttributePath, Any] | None:
    acl = values.get("container_write")
    return (("container_write",), acl) if isinstance(acl, str) and {"*", "*:*"} & set(acl.split(",")) else None


ROWS: dict[str, tuple[Row, ...]] = {
    "public-address": (
        Opens(
            "openstack_networking_floatingip_v2 openstack_compute_floatingip_associate_v2",
            "port_id instance_id",
            (),
            "A machine gets a public address.",
            _TO_MACHINE,
            _MEDIUM,
            _MEDIUM,
            _associated,
        ),
    ),
    "protection-off": (
        protects(
            _PORT,
            "port_security_enabled",
            "Security groups do not apply to the port any more: everything comes in.",
            "Leave port_security_enabled on.",
            as_long_as=not_false,
        ),
        protects(_PORT, "no_security_groups", "The port is in no security group any more.", _KEEP, as_long_as=not_true),
        Watch(
            "openstack_compute_instance_v2",
            "security_groups",
            loses_items,
            "The machine leaves a security group: other rules apply to what comes in.",
            _KEEP,
            _MEDIUM,
        ),
    ),
    "resource-public": (
        Opens(
            "openstack_objectstorage_container_v1",
            "container_read",
            (),
            "Everybody can read the container's objects.",
            "Name the projects that need it, or hand out temporary URLs.",
            _CRITICAL,
            _HIGH,
            _readable,
        ),
        Opens(
            "openstack_objectstorage_container_v1",
            "container_write",
            (),
            "Every user of the cloud can write to the container.",
            "Name the projects that need it.",
            _CRITICAL,
            _CRITICAL,
            _writable,
        ),
        Watch(
            "openstack_images_image_v2",
            "visibility",
            becomes("private", "public"),
            "Every project of the cloud can use the image, with whatever is in it.",
            'Leave visibility = "private", or share it with single projects.',
            _HIGH,
        ),
    ),
    "transit-unencrypted": (
        Watch(
            "openstack_lb_listener_v2",
            "protocol",
            becomes("TERMINATED_HTTPS", "HTTP"),
            "The load balancer answers in plain HTTP: traffic can be read and modified in transit.",
            'Leave protocol = "TERMINATED_HTTPS".',
            _HIGH,
        ),
    ),
    "iam-admin": (
        Opens(
            "openstack_identity_application_credential_v3",
            "unrestricted",
            (True,),
            "The credential may create other credentials: who has it can stay in after it is revoked.",
            "Leave unrestricted off.",
            _HIGH,
            _HIGH,
        ),
    ),
    "long-lived-credential": (
        created(
            "openstack_identity_ec2_credential_v3", "a key that does not expire, with its secret in Terraform's state"
        ),
    ),
}
