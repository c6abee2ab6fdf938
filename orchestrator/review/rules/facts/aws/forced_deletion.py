"""What `force_destroy` and `force_delete` mean for a destruction. Each type has a meaning of its own.

By the resources' documentation in hashicorp/aws 5.x and 6.x and hashicorp/google; what they mean for other types is not
known, and nothing is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.review.model import Resource
from orchestrator.review.rules.kit.attributes import switch


@dataclass(frozen=True, slots=True)
class Forced:
    """What happens with the attribute on, and with it off. `refused` says that off, nothing is deleted that is not
    empty: the apply fails there instead."""

    attribute: str
    on: str
    off: str = ""
    refused: bool = False


def _only_empty(attribute: str, what: str) -> Forced:
    return Forced(
        attribute,
        f"It is deleted with {what} in it, because {attribute} is on.",
        f"It is deleted only if it is empty: {attribute} is off, so with {what} in it, it stays as it is and the apply "
        "fails there.",
        refused=True,
    )


_GROUP = Forced(
    "force_delete",
    "force_delete is on: the group is deleted without waiting until its instances are terminated.",
    "force_delete is off: the group is first scaled to 0, and the apply waits until its instances are terminated.",
)
_SERVICE = Forced(
    "force_delete",
    "force_delete is on: it is deleted although tasks are running, and they are stopped.",
    "It is first scaled to 0: its tasks are drained, then stopped.",
)
_SERVER = Forced("force_destroy", "force_destroy is on: its protection against termination and stop does not keep it.")
_USER = Forced(
    "force_destroy",
    "force_destroy is on: keys, passwords and devices of the user that Terraform does not manage are deleted with it.",
    "force_destroy is off: the apply fails there if the user has keys, a password or a device that Terraform does not "
    "manage.",
)
_ZONE = Forced(
    "force_destroy",
    "force_destroy is on: records that Terraform does not manage are deleted with it.",
    "force_destroy is off: the apply fails there if the zone has records that Terraform does not manage.",
)
_OF = {
    "aws_s3_bucket": _only_empty("force_destroy", "all objects and versions"),
    "aws_s3_directory_bucket": _only_empty("force_destroy", "all objects"),
    "aws_s3tables_table_bucket": _only_empty("force_destroy", "all tables"),
    "aws_lightsail_bucket": _only_empty("force_delete", "all objects"),
    "aws_ecr_repository": _only_empty("force_delete", "all images"),
    "aws_ecrpublic_repository": _only_empty("force_destroy", "all images"),
    "aws_backup_vault": _only_empty("force_destroy", "all recovery points"),
    "aws_athena_database": _only_empty("force_destroy", "all tables"),
    "aws_athena_workgroup": _only_empty("force_destroy", "all named queries"),
    "aws_service_discovery_service": _only_empty("force_destroy", "all registered instances"),
    "google_storage_bucket": _only_empty("force_destroy", "all objects"),
    "aws_autoscaling_group": _GROUP,
    "aws_ecs_service": _SERVICE,
    "aws_instance": _SERVER,
    "aws_iam_user": _USER,
    "aws_route53_zone": _ZONE,
    "google_dns_managed_zone": _ZONE,
}


def sentence(resource: Resource) -> str:
    """What forced deletion, on or off, means for the destruction of this resource; empty if that is not known."""
    forced = _OF.get(resource.type)
    value = switch((resource.before or {}).get(forced.attribute)) if forced else None
    return "" if forced is None or value is None else forced.on if value else forced.off


def is_refused_unless_empty(resource: Resource) -> bool:
    """True if its destruction takes nothing with it: it is empty, or the apply fails."""
    forced = _OF.get(resource.type)
    return forced is not None and forced.refused and switch((resource.before or {}).get(forced.attribute)) is False
