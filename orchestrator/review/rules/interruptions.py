"""What stops for a while though nothing is destroyed: restarts, upgrades, disks that are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.kit.attributes import at, attribute_path, hidden, switch
from orchestrator.review.rules.kit.destroyed import any_destroyed
from orchestrator.review.values import shown

_MEDIUM = Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class Engine:
    """A type whose software is upgraded in place. `parts` of its version make it a major one."""

    path: str
    noun: str
    parts: int = 1
    back: str = "there is no way back but a snapshot from before"


_ENGINES: Mapping[str, Engine] = {
    "aws_db_instance": Engine("engine_version", "database"),
    "aws_rds_cluster": Engine("engine_version", "database"),
    "aws_rds_global_cluster": Engine("engine_version", "database"),
    "aws_docdb_cluster": Engine("engine_version", "database"),
    "aws_neptune_cluster": Engine("engine_version", "database", 2),
    "aws_elasticache_replication_group": Engine("engine_version", "cache"),
    "aws_elasticache_cluster": Engine("engine_version", "cache"),
    "aws_memorydb_cluster": Engine("engine_version", "database"),
    "aws_opensearch_domain": Engine("engine_version", "search domain"),
    "aws_mq_broker": Engine("engine_version", "broker"),
    "aws_msk_cluster": Engine("kafka_version", "Kafka cluster", back="Kafka cannot be downgraded in place"),
    "aws_eks_cluster": Engine(
        "version", "Kubernetes cluster", 2, "the version cannot be taken back, and what uses removed APIs breaks"
    ),
    "google_sql_database_instance": Engine("database_version", "database server"),
    "google_container_cluster": Engine("min_master_version", "Kubernetes cluster", 2, "it cannot be taken back"),
    "azurerm_postgresql_flexible_server": Engine("version", "database server"),
    "azurerm_kubernetes_cluster": Engine("kubernetes_version", "Kubernetes cluster", 2, "it cannot be taken back"),
}
# MySQL and MariaDB count the second part too: 5.7 and 8.0, 10.6 and 10.11.
_TWO_PARTS = re.compile(r"mysql|mariadb|oracle|sqlserver", re.I)

_AT_ONCE: Mapping[str, tuple[str, ...]] = {
    "aws_db_instance": ("engine_version", "instance_class", "parameter_group_name", "ca_cert_identifier"),
    "aws_rds_cluster": ("engine_version", "db_cluster_instance_class"),
    "aws_rds_cluster_instance": ("instance_class", "ca_cert_identifier"),
    "aws_docdb_cluster": ("engine_version",),
    "aws_docdb_cluster_instance": ("instance_class",),
    "aws_neptune_cluster": ("engine_version",),
    "aws_neptune_cluster_instance": ("instance_class",),
    "aws_mq_broker": ("engine_version", "host_instance_type"),
}
"""What restarts where apply_immediately is on, and else in the maintenance window."""

_RESTARTS: Mapping[str, tuple[str, ...]] = {
    "aws_instance": ("instance_type", "user_data", "user_data_base64", "ebs_optimized"),
    "aws_redshift_cluster": ("node_type", "cluster_type"),
    "google_compute_instance": ("machine_type",),
    "google_sql_database_instance": ("settings.tier",),
    "azurerm_linux_virtual_machine": ("size",),
    "azurerm_windows_virtual_machine": ("size",),
    "azurerm_postgresql_flexible_server": ("sku_name",),
    "azurerm_mysql_flexible_server": ("sku_name",),
}
_VOLUME = "aws_volume_attachment"


def interrupted(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """One finding for what stops for a while, the worst reason first."""
    if resource.type == _VOLUME:
        yield from _detached(resource, plan)
    elif resource.action is Action.UPDATE:
        found = [*_upgraded(resource), *_restarted(resource)]
        yield from found[:1]


def _upgraded(resource: Resource) -> Iterator[Finding]:
    engine = _ENGINES.get(resource.type)
    if engine is None:
        return
    before, after = at(resource.before, engine.path), at(resource.after, engine.path)
    kind = at(resource.after, "engine") or at(resource.after, "engine_type")
    parts = 2 if isinstance(kind, str) and _TWO_PARTS.search(kind) else engine.parts
    old, new = _major(before, parts), _major(after, parts)
    # A shorter version (`16` for `16.4`) says less, not something else.
    if not old or not new or old[: len(new)] == new[: len(old)]:
        return
    now = not _waits(resource)
    yield _finding(
        resource,
        engine.path,
        f"The {engine.noun} gets another major version ({shown(before)} -> {shown(after)})"
        f"{' in this apply' if now else ', in its maintenance window'}: it may be down meanwhile, "
        f"applications may not work with it, and {engine.back}.",
        "Try the upgrade on a copy first, and make a snapshot; choose a quiet hour.",
    )


def _major(version: Any, parts: int) -> list[str]:
    found = re.findall(r"\d+", version) if isinstance(version, str) else []
    return found[:parts]


def _waits(resource: Resource) -> bool:
    """True if it is put off to the maintenance window."""
    return resource.type in _AT_ONCE and switch(at(resource.after, "apply_immediately")) is not True


def _restarted(resource: Resource) -> Iterator[Finding]:
    paths = () if _waits(resource) else _AT_ONCE.get(resource.type, ())
    # With a copy beside it, it is away for less than a minute.
    if switch(at(resource.after, "blue_green_update.enabled")):
        return
    for path in (*paths, *_RESTARTS.get(resource.type, ())):
        before, after = at(resource.before, path), at(resource.after, path)
        # A user_data that is only hashed otherwise, or set for the first time with a new server, is no text.
        if isinstance(before, str) and isinstance(after, str) and before and after and before != after:
            window = path in _AT_ONCE.get(resource.type, ())
            yield _finding(
                resource,
                path,
                f"It is restarted in this apply, because {path} changes"
                f"{' and apply_immediately is on' if window else ''}: connections break, and what it does stops "
                "for some minutes.",
                "Leave it to the maintenance window (apply_immediately = false), or choose a quiet hour."
                if window
                else "Choose a quiet hour, or put a second one beside it first.",
            )
            return


def _detached(resource: Resource, plan: Plan) -> Iterator[Finding]:
    if not resource.destroyed or plan.destroys_all or resource.deposed or switch(at(resource.before, "skip_destroy")):
        return
    # What is known only after apply is made anew itself, and told there.
    anew = any(hidden(at(resource.after, name)) for name in ("instance_id", "volume_id"))
    if anew or any_destroyed(resource, plan, "instance_id", "volume_id"):
        return
    volume, server = at(resource.before, "volume_id"), at(resource.before, "instance_id")
    forced = switch(at(resource.before, "force_detach"))
    yield _finding(
        resource,
        "volume_id",
        f"The volume {shown(volume)} is taken off the server {shown(server)}, which goes on running without it"
        f"{': by force, so that what is not written yet is lost' if forced else ''}.",
        "Stop what uses the volume and unmount it first; `stop_instance_before_detaching` does it for you.",
    )


def _finding(resource: Resource, path: str, says: str, advice: str) -> Finding:
    return Finding(
        "service-interrupted",
        _MEDIUM,
        resource.address,
        says,
        advice,
        attribute_path(resource, path),
        at(resource.before, path),
        at(resource.after, path),
    )
