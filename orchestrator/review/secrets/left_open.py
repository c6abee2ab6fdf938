"""Attributes that hold a secret and that the provider does not mark: they are marked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of hashicorp/aws 5.100.0: what AWS makes for a resource and lets in whoever has it.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "aws_lightsail_bucket_access_key": ("secret_access_key",),
    "aws_lightsail_key_pair": ("private_key",),
    "aws_ssm_activation": ("activation_code",),
}


def marked(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The output of `terraform show -json` with those attributes marked as Terraform marks what is sensitive."""
    lists = {name: [_marked(item) for item in shown.get(name) or ()] for name in ("resource_changes", "resource_drift")}
    return {**shown, **lists}


def _marked(item: Mapping[str, Any]) -> Mapping[str, Any]:
    names = ATTRIBUTES.get(item["type"])
    if names is None:
        return item
    change = dict(item["change"])
    for key in ("before_sensitive", "after_sensitive"):
        if change.get(key) is not True:
            change[key] = {**(change.get(key) or {}), **dict.fromkeys(names, True)}
    return {**item, "change": change}
