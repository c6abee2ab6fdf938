"""Much less to run on: half the memory, a smaller class of machine."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.review.model import Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.facts import autoscaling
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.facts.machine_sizes import smaller_class
from orchestrator.review.rules.kit.comparisons import halved
from orchestrator.review.rules.kit.rows import Row, Watch
from orchestrator.review.rules.kit.rule import Rule

_ADVICE = "Check the usage of the last weeks, including peaks, before this is applied."


def _amount(types: str, path: str, unit: str) -> Watch:
    says = f"{path} drops from {{old:g}} to {{new:g}} {unit}, which is half or less."
    return Watch(types, path, halved, says, _ADVICE, risk=f"It gets fewer {unit}.")


def _count(types: str, path: str, unit: str) -> Row:
    """An amount of which `capacity-zero` says so if it cannot be read."""
    return replace(_amount(types, path, unit), unknown=None)


def _class(types: str, path: str) -> Row:
    says = f"{path} changes from {{before}} to {{after}}, which is smaller."
    return Watch(types, path, smaller_class, says, _ADVICE, risk="It runs on a smaller machine.")


def _is_autoscaled(resource: Resource, plan: Plan) -> bool:
    """Autoscaling has its own limits, which `capacity-below-minimum` goes by."""
    return resource.type == "aws_ecs_service" and autoscaling.target_of(resource, plan) is not None


RULE = Rule(
    "capacity-cut",
    Severity.MEDIUM,
    "Capacity is cut to half or less",
    "What is enough on a quiet day may be too little at the peak.",
    watches=(
        *rows_for("capacity-cut"),
        _amount("aws_ecs_task_definition", "cpu", "CPU units"),
        _amount("aws_ecs_task_definition", "memory", "MiB of memory"),
        _count("aws_ecs_service", "desired_count", "tasks"),
        _amount("aws_lambda_function", "memory_size", "MiB of memory"),
        _amount("aws_lambda_function", "timeout", "seconds"),
        _amount("aws_dynamodb_table", "read_capacity", "read units"),
        _amount("aws_dynamodb_table", "write_capacity", "write units"),
        _amount("aws_db_instance", "iops", "IOPS"),
        _amount("aws_kinesis_stream", "shard_count", "shards"),
        _amount("aws_elasticache_replication_group", "num_cache_clusters", "nodes"),
        _amount("aws_elasticache_replication_group", "num_node_groups", "shards"),
        _amount("aws_elasticache_cluster", "num_cache_nodes", "nodes"),
        _count("aws_autoscaling_group", "desired_capacity", "instances"),
        _count("aws_autoscaling_group", "max_size", "instances at most"),
        _count("aws_eks_node_group", "scaling_config.desired_size", "nodes"),
        _count("aws_eks_node_group", "scaling_config.max_size", "nodes at most"),
        _count("aws_rds_cluster", "serverlessv2_scaling_configuration.max_capacity", "capacity units at most"),
        _count("aws_opensearch_domain", "cluster_config.instance_count", "nodes"),
        _amount("aws_redshift_cluster", "number_of_nodes", "nodes"),
        _amount("aws_msk_cluster", "number_of_broker_nodes", "brokers"),
        _amount("aws_efs_file_system", "provisioned_throughput_in_mibps", "MiB/s"),
        _amount("aws_ebs_volume", "iops", "IOPS"),
        _amount("aws_ebs_volume", "throughput", "MiB/s"),
        _count("kubernetes_deployment kubernetes_stateful_set", "spec.replicas", "pods"),
        _count("kubernetes_horizontal_pod_autoscaler", "spec.max_replicas", "pods at most"),
        _class(
            "aws_db_instance aws_rds_cluster_instance aws_docdb_cluster_instance aws_neptune_cluster_instance",
            "instance_class",
        ),
        _class("aws_elasticache_replication_group aws_elasticache_cluster aws_redshift_cluster", "node_type"),
        _class("aws_opensearch_domain", "cluster_config.instance_type"),
        _class("aws_instance aws_launch_template", "instance_type"),
    ),
    unless=_is_autoscaled,
    examples=(
        Fires("aws_ecs_service", {"desired_count": 4}, {"desired_count": 2}),
        Fires("aws_ecs_task_definition", {"cpu": "1024"}, {"cpu": "256"}, replaced="cpu"),
        Fires("aws_db_instance", {"instance_class": "db.m6g.2xlarge"}, {"instance_class": "db.m6g.large"}),
        Silent("aws_ecs_service", {"desired_count": 4}, {"desired_count": 3}),
        Silent("aws_db_instance", {"instance_class": "db.m6g.large"}, {"instance_class": "db.m7g.large"}),
    ),
)
