"""Hetzner Cloud: firewalls of servers, backups, load balancers."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.kit.comparisons import becomes, is_set, loses_items, one_of
from orchestrator.review.rules.kit.rows import UPDATED, Removed, Row, Watch, protects

_MEDIUM, _HIGH = Severity.MEDIUM, Severity.HIGH
_KEEP = "Keep the firewall, or apply first what replaces it."
_OPEN = "every port of theirs can be reached from the internet, unless another firewall is applied to them."

ROWS: dict[str, tuple[Row, ...]] = {
    "protection-off": (
        Removed("hcloud_firewall", f"The servers that the firewall is applied to lose it: {_OPEN}", _KEEP),
        Removed(
            "hcloud_firewall_attachment",
            f"The firewall is taken off the servers: {_OPEN}",
            _KEEP,
        ),
        Watch(
            "hcloud_firewall_attachment", "server_ids", loses_items, f"Servers lose the firewall: {_OPEN}", _KEEP, _HIGH
        ),
        Watch("hcloud_firewall", "apply_to", loses_items, f"Servers lose the firewall: {_OPEN}", _KEEP, _HIGH),
        Watch(
            "hcloud_server",
            "firewall_ids",
            loses_items,
            "The server loses a firewall: what only that refused comes in.",
            _KEEP,
            _HIGH,
        ),
    ),
    "backup-off": (
        protects(
            "hcloud_server",
            "backups",
            "The server is no longer backed up, and its backups are deleted.",
            "Leave backups on.",
        ),
        Removed("hcloud_snapshot", "The snapshot is deleted: what is in it cannot be restored.", severity=_MEDIUM),
    ),
    "public-address": (
        protects(
            "hcloud_load_balancer_network",
            "enable_public_interface",
            "The load balancer can be reached from the internet, and not only from the private network.",
            "Leave enable_public_interface off.",
            as_long_as=one_of(False),
        ),
    ),
    "transit-unencrypted": (
        Watch(
            "hcloud_load_balancer_service",
            "protocol",
            becomes("https", "http"),
            "The load balancer answers in plain HTTP: traffic can be read and modified in transit.",
            'Leave protocol = "https".',
            _HIGH,
        ),
        protects(
            "hcloud_load_balancer_service",
            "http.redirect_http",
            "Plain HTTP is no longer redirected to HTTPS.",
            "Leave redirect_http on.",
            _MEDIUM,
        ),
    ),
    "connection-removed": (
        Removed(
            "hcloud_load_balancer_target",
            "The load balancer no longer sends anything to this target. It is removed{because}.",
            severity=_MEDIUM,
            joins=("load_balancer_id", "server_id"),
        ),
    ),
    "health-check-weakened": (
        protects(
            "hcloud_load_balancer_service",
            "health_check",
            "The load balancer no longer checks its targets with this health check.",
            "Keep the health check.",
            _MEDIUM,
            as_long_as=is_set,
            actions=UPDATED,
        ),
    ),
}
