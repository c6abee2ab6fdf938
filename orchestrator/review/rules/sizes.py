"""Much less to run on: half the memory, a smaller class of machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules import scaling
from orchestrator.review.rules.kit.attributes import at, attribute_path, number
from orchestrator.review.rules.kit.rule import Rule

_CHANGES = (Action.UPDATE, Action.REPLACE)


_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")


def smaller(before: str, after: str) -> bool:
    """True if a class of machine (`db.m6g.2xlarge`) is certainly smaller than another; families are not compared."""
    old, new = _rank(before), _rank(after)
    return old is not None and new is not None and new < old


def _rank(name: str) -> float | None:
    for part in name.split("."):
        if part in _SIZES:
            return float(_SIZES.index(part))
        times = part.removesuffix("xlarge")
        if part.endswith("xlarge") and times.isdigit():
            return len(_SIZES) - 2 + float(times)
    return None


# What is given to something that runs. From which share of the old value on it is told.
_AMOUNTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "aws_ecs_task_definition": (("cpu", "CPU units"), ("memory", "MiB of memory")),
    "aws_ecs_service": (("desired_count", "tasks"),),
    "aws_lambda_function": (
        ("memory_size", "MiB of memory"),
        ("timeout", "seconds"),
    ),
    "aws_dynamodb_table": (("read_capacity", "read units"), ("write_capacity", "write units")),
    "aws_db_instance": (("iops", "IOPS"),),
    "aws_kinesis_stream": (("shard_count", "shards"),),
    "aws_elasticache_replication_group": (("num_cache_clusters", "nodes"), ("num_node_groups", "shards")),
    "aws_elasticache_cluster": (("num_cache_nodes", "nodes"),),
    "aws_autoscaling_group": (("desired_capacity", "servers"), ("max_size", "servers at most")),
    "aws_eks_node_group": (
        ("scaling_config.desired_size", "nodes"),
        ("scaling_config.max_size", "nodes at most"),
    ),
    "aws_rds_cluster": (("serverlessv2_scaling_configuration.max_capacity", "capacity units at most"),),
    "aws_opensearch_domain": (("cluster_config.instance_count", "nodes"),),
    "aws_redshift_cluster": (("number_of_nodes", "nodes"),),
    "aws_msk_cluster": (("number_of_broker_nodes", "brokers"),),
    "aws_efs_file_system": (("provisioned_throughput_in_mibps", "MiB/s"),),
    "aws_ebs_volume": (("iops", "IOPS"), ("throughput", "MiB/s")),
    "kubernetes_deployment": (("spec.replicas", "pods"),),
    "kubernetes_deployment_v1": (("spec.replicas", "pods"),),
}
_CLASSES = {
    "aws_db_instance": "instance_class",
    "aws_rds_cluster_instance": "instance_class",
    "aws_docdb_cluster_instance": "instance_class",
    "aws_neptune_cluster_instance": "instance_class",
    "aws_elasticache_replication_group": "node_type",
    "aws_elasticache_cluster": "node_type",
    "aws_opensearch_domain": "cluster_config.instance_type",
    "aws_redshift_cluster": "node_type",
    "aws_instance": "instance_type",
    "aws_launch_template": "instance_type",
}


def _cut(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """To half of what it was, or less; a machine of a smaller class."""
    if resource.action not in _CHANGES:
        return
    if resource.type == "aws_ecs_service" and scaling.target_of(resource, plan) is not None:
        # Autoscaling has its own limits, which `capacity-below-minimum` goes by.
        return
    for name, unit in _AMOUNTS.get(resource.type, ()):
        old, new = number(at(resource.before, name)), number(at(resource.after, name))
        if old and new and new > 0 and new <= old / 2:
            yield _less(resource, name, f"{name} goes from {old:g} to {new:g} {unit}, to half or less of what it was.")
    name = _CLASSES.get(resource.type, "")
    before, after = at(resource.before, name), at(resource.after, name)
    if name and isinstance(before, str) and isinstance(after, str) and smaller(before, after):
        yield _less(resource, name, f"{name} goes from {before} to {after}, which is smaller.")


def _less(resource: Resource, name: str, says: str) -> Finding:
    return Finding(
        "capacity-cut",
        Severity.MEDIUM,
        resource.address,
        says,
        "Check the use of the last weeks, peaks too, before this is applied.",
        attribute_path(resource, name),
        at(resource.before, name),
        at(resource.after, name),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "capacity-cut",
        Severity.MEDIUM,
        "It gets much less to run on",
        "What is enough on a quiet day may be too little at the peak.",
        _cut,
        frozenset({*_AMOUNTS, *_CLASSES}),
    ),
)
