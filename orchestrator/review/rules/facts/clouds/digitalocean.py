"""DigitalOcean: firewalls of droplets and databases, Spaces, load balancers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.credentials import created
from orchestrator.review.rules.facts.clouds.kit.documents import open_to_all
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.comparisons import loses_items
from orchestrator.review.rules.kit.rows import CHANGED, Judged, Opens, Removed, Row, Watch, protects

_MEDIUM, _HIGH, _CRITICAL = Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_KEEP = "Keep the firewall, or apply first what replaces it."
_OPEN = "every port of theirs can be reached from the internet, unless another firewall is applied to them."
_SOURCES = "Name the droplets, tags, apps or addresses that need it (trusted sources)."
_BUCKET = "digitalocean_spaces_bucket digitalocean_spaces_bucket_object"
_PRIVATE = 'Leave the ACL "private", and share through presigned URLs that expire.'


def _trusted(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A database that takes connections from everywhere: by a rule, or because none is left."""
    rules: Any = at(resource.after, "rule")
    if resource.after is None or hidden(rules):
        return
    new, old = _sources(resource.after), _sources(resource.before)
    if {"0.0.0.0/0", "::/0"} & new - old:
        says = "The database accepts connections from the whole internet."
        yield Finding("", _CRITICAL, resource.address, says, _SOURCES, ("rule",))
    elif resource.action in CHANGED and old and not new:
        says = "The database has no trusted sources any more: it accepts connections from the whole internet."
        yield Finding("", _CRITICAL, resource.address, says, _SOURCES, ("rule",))


def _sources(values: Any) -> set[str]:
    return {value for rule in blocks(values, "rule") if isinstance(value := rule.get("value"), str)}


ROWS: dict[str, tuple[Row, ...]] = {
    "protection-off": (
        Removed("digitalocean_firewall", f"The droplets that the firewall is applied to lose it: {_OPEN}", _KEEP),
        Watch(
            "digitalocean_firewall", "droplet_ids", loses_items, f"Droplets lose the firewall: {_OPEN}", _KEEP, _HIGH
        ),
        Watch("digitalocean_firewall", "tags", loses_items, f"Droplets lose the firewall: {_OPEN}", _KEEP, _HIGH),
    ),
    "public-address": (
        Judged("digitalocean_database_firewall", "rule", _trusted),
        Removed(
            "digitalocean_database_firewall",
            "The database has no trusted sources any more: it accepts connections from the whole internet.",
            _SOURCES,
            _CRITICAL,
            of="cluster_id",
        ),
    ),
    "resource-public": (open_to_all("digitalocean_spaces_bucket_policy", "policy"),),
    "acl-public": (Opens(_BUCKET, "acl", ("public-read",), "Everybody can read it.", _PRIVATE, _HIGH, _HIGH),),
    "backup-off": (
        protects(
            "digitalocean_droplet",
            "backups",
            "The droplet is no longer backed up.",
            "Leave backups on.",
        ),
    ),
    "transit-unencrypted": (
        protects(
            "digitalocean_loadbalancer",
            "redirect_http_to_https",
            "Plain HTTP is no longer redirected to HTTPS: traffic can be read and modified in transit.",
            "Leave redirect_http_to_https on.",
        ),
    ),
    "versioning-off": (
        protects(
            "digitalocean_spaces_bucket",
            "versioning.enabled",
            "Versioning is suspended: what is overwritten or deleted from now on cannot be restored.",
            "Leave versioning on.",
        ),
    ),
    "long-lived-credential": (
        created("digitalocean_spaces_key", "a key that does not expire, with its secret in Terraform's state"),
    ),
}
