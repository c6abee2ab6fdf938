"""Services that stop, for a while or for good: destroyed, replaced, restarted, upgraded, separated from their disks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestrator.review.deploys import is_only_a_deploy
from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.data._losses import destroyed, replaced
from orchestrator.review.rules.examples.examples import Fires, Silent, same
from orchestrator.review.rules.facts import holders
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.tables.holder import Kind
from orchestrator.review.rules.kit.attributes import at, hidden, switch
from orchestrator.review.rules.kit.change import Change, change_of, finding
from orchestrator.review.rules.kit.comparisons import Comparison
from orchestrator.review.rules.kit.destroyed import any_destroyed
from orchestrator.review.rules.kit.rows import UPDATED, Reads, Row, Watch
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.values import shown

_VOLUME = "aws_volume_attachment"
# MySQL and MariaDB count the second part too: 5.7 and 8.0, 10.6 and 10.11.
_TWO_PARTS = re.compile(r"mysql|mariadb|oracle|sqlserver", re.I)


def _waits(resource: Resource) -> bool:
    """True if it is put off to the maintenance window."""
    return resource.type in _AT_ONCE and switch(at(resource.after, "apply_immediately")) is not True


def _major(version: Any, parts: int) -> list[str]:
    found = re.findall(r"\d+", version) if isinstance(version, str) else []
    return found[:parts]


_text_changes = Comparison(
    "changes",
    ("a", "b"),
    # A user_data that is only hashed otherwise, or set for the first time with a new server, is no text.
    lambda value: value if isinstance(value, str) and value else None,
    lambda old, new: bool(old != new),
)
_other_version = Comparison(
    "changes to another major version",
    ("15.4", "16.1"),
    lambda value: value if _major(value, 1) else None,
    lambda old, new: bool(old != new),
)
_NO_WAY_BACK = "there is no way back except a snapshot from before"
_COPY_AND_SNAPSHOT = "Try the upgrade on a copy first, and take a snapshot; choose a quiet hour."
_TRY_ELSEWHERE = "Try the upgrade on another cluster first, and choose a quiet hour."
_CHECK_APIS = f"Look for removed APIs that are still used. {_TRY_ELSEWHERE}"


def _upgrade(
    types: str, path: str, noun: str, parts: int = 1, back: str = _NO_WAY_BACK, advice: str = _COPY_AND_SNAPSHOT
) -> Row:
    """Software that is upgraded in place. The first `parts` of its version make it a major one."""

    # Kubernetes counts its releases in the second part of the version.
    which = "major version" if parts == 1 else "version"

    def same_major(change: Change) -> bool:
        kind = at(change.resource.after, "engine") or at(change.resource.after, "engine_type")
        counted = 2 if isinstance(kind, str) and _TWO_PARTS.search(kind) else parts
        old, new = _major(change.before, counted), _major(change.after, counted)
        # A shorter version (`16` for `16.4`) says less, not something else.
        return bool(new) and old[: len(new)] == new[: len(old)]

    def message(change: Change) -> str:
        when = "in its maintenance window" if _waits(change.resource) else "in this apply"
        return (
            f"The {noun} is upgraded to another {which} ({shown(change.before)} → {shown(change.after)}) "
            f"{when}: it may be unavailable during the upgrade, applications may not work with it, and {back}."
        )

    return Watch(
        types,
        path,
        _other_version,
        message,
        advice,
        actions=UPDATED,
        unless=same_major,
        risk=f"The {noun} is upgraded to another {which}.",
    )


def _at_once(types: str, *paths: str) -> Iterator[Row]:
    """What restarts right away only where apply_immediately is on."""
    for path in paths:
        yield Watch(
            types,
            path,
            _text_changes,
            f"It is restarted in this apply, because {path} changes and apply_immediately is on: connections break, "
            "and it is unavailable for some minutes.",
            "Leave it to the maintenance window (apply_immediately = false), or choose a quiet hour.",
            actions=UPDATED,
            # With a copy beside it, it is away for less than a minute.
            unless=lambda change: _waits(change.resource) or _is_blue_green(change),
            given={"apply_immediately": True},
            risk="It is restarted.",
            unknown=None,
        )


def _restart(types: str, *paths: str) -> Iterator[Row]:
    for path in paths:
        yield Watch(
            types,
            path,
            _text_changes,
            f"It is restarted in this apply, because {path} changes: connections break, and it is unavailable for some "
            "minutes.",
            "Choose a quiet hour, or put a second one beside it first.",
            actions=UPDATED,
            unless=lambda change: _is_blue_green(change),
            risk="It is restarted.",
            unknown=None,
        )


def _is_blue_green(change: Change) -> bool:
    return bool(switch(at(change.resource.after, "blue_green_update.enabled")))


_NOT_BACK = "it cannot be downgraded"
_AT_ONCE_ROWS: tuple[Row, ...] = (
    *_at_once("aws_db_instance", "engine_version", "instance_class", "parameter_group_name", "ca_cert_identifier"),
    *_at_once("aws_rds_cluster", "engine_version", "db_cluster_instance_class"),
    *_at_once("aws_rds_cluster_instance", "instance_class", "ca_cert_identifier"),
    *_at_once("aws_docdb_cluster aws_neptune_cluster", "engine_version"),
    *_at_once("aws_docdb_cluster_instance aws_neptune_cluster_instance", "instance_class"),
    *_at_once("aws_mq_broker", "engine_version", "host_instance_type"),
)
_AT_ONCE = frozenset(name for row in _AT_ONCE_ROWS for name in row.type_names)
"""What is put off to the maintenance window, unless apply_immediately is on."""

_ROWS: tuple[Row, ...] = (
    _upgrade("aws_db_instance aws_rds_cluster aws_rds_global_cluster aws_docdb_cluster", "engine_version", "database"),
    _upgrade("aws_neptune_cluster", "engine_version", "database", 2),
    _upgrade("aws_elasticache_replication_group aws_elasticache_cluster", "engine_version", "cache"),
    _upgrade("aws_memorydb_cluster", "engine_version", "database"),
    _upgrade("aws_opensearch_domain", "engine_version", "search domain"),
    _upgrade("aws_mq_broker", "engine_version", "broker"),
    _upgrade(
        "aws_msk_cluster", "kafka_version", "Kafka cluster", 1, "Kafka cannot be downgraded in place", _TRY_ELSEWHERE
    ),
    _upgrade(
        "aws_eks_cluster",
        "version",
        "Kubernetes cluster",
        2,
        "anything that uses removed APIs breaks (it cannot be downgraded)",
        _CHECK_APIS,
    ),
    _upgrade(
        "aws_eks_addon",
        "addon_version",
        "cluster add-on",
        1,
        "settings that it no longer knows make the apply fail",
        _TRY_ELSEWHERE,
    ),
    _upgrade("google_sql_database_instance", "database_version", "database server"),
    _upgrade("google_container_cluster", "min_master_version", "Kubernetes cluster", 2, _NOT_BACK, _CHECK_APIS),
    _upgrade("azurerm_postgresql_flexible_server", "version", "database server"),
    _upgrade("azurerm_kubernetes_cluster", "kubernetes_version", "Kubernetes cluster", 2, _NOT_BACK, _CHECK_APIS),
    *_AT_ONCE_ROWS,
    *_restart("aws_instance", "instance_type", "user_data", "user_data_base64", "ebs_optimized"),
    *_restart("aws_redshift_cluster", "node_type", "cluster_type"),
    *_restart("google_compute_instance", "machine_type"),
    *_restart("google_sql_database_instance", "settings.tier"),
    *_restart("azurerm_linux_virtual_machine azurerm_windows_virtual_machine", "size"),
    *_restart("azurerm_postgresql_flexible_server azurerm_mysql_flexible_server", "sku_name"),
    Reads("*"),
)


def _service_stops(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A service that is destroyed or replaced, or a server that loses a disk."""
    if resource.type == _VOLUME:
        yield from _detached(resource, plan)
    holder = holders.holder_of(resource.type)
    if holder is None or holder.kind is not Kind.SERVICE or is_only_a_deploy(resource):
        return
    if resource.action is Action.REPLACE:
        yield replaced("service-interrupted", resource, plan, holder)
    elif resource.action is Action.DELETE and not plan.destroys_all:
        yield destroyed("service-interrupted", resource, plan, holder)


def _detached(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not resource.destroyed or plan.destroys_all or resource.deposed or switch(at(resource.before, "skip_destroy")):
        return
    # What is known only after apply is recreated itself, and told there.
    again = any(hidden(at(resource.after, name)) for name in ("instance_id", "volume_id"))
    if again or any_destroyed(resource, plan, "instance_id", "volume_id"):
        return
    volume, server = at(resource.before, "volume_id"), at(resource.before, "instance_id")
    forced = switch(at(resource.before, "force_detach"))
    yield finding(
        change_of(resource, plan, "volume_id"),
        f"The volume {shown(volume)} is detached from the server {shown(server)}, which keeps running without it"
        f"{': by force, so unwritten data is lost' if forced else ''}.",
        "Stop what uses the volume and unmount it first; `stop_instance_before_detaching` does it for you.",
        Severity.MEDIUM,
    )


RULE = Rule(
    "service-interrupted",
    Severity.HIGH,
    "A running service is interrupted",
    "While it is down, or gone for good, its work is not done.",
    looks=_service_stops,
    watches=(*_ROWS, *rows_for("service-interrupted")),
    first_only=True,
    examples=(
        Fires("aws_ecs_service", {"name": "words"}, None, beside=(same("aws_iam_role.stays", {"name": "stays"}),)),
        Fires(
            "aws_db_instance",
            {"engine": "postgres", "engine_version": "15.4"},
            {"engine": "postgres", "engine_version": "16.1"},
            Severity.MEDIUM,
            both_ways=True,
        ),
        Fires(
            "aws_instance",
            {"instance_type": "t3.small"},
            {"instance_type": "t3.medium"},
            Severity.MEDIUM,
            both_ways=True,
        ),
        Silent(
            "aws_db_instance",
            {"engine": "postgres", "engine_version": "16.1"},
            {"engine": "postgres", "engine_version": "16.4"},
        ),
        Silent("aws_db_instance", {"instance_class": "db.m6g.large"}, {"instance_class": "db.m6g.xlarge"}),
    ),
)
