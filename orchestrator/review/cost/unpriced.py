"""Types that are not free and have no price in the table: what is said of them instead."""

from __future__ import annotations

from collections.abc import Mapping

USAGE: Mapping[str, str] = {
    "aws_api_gateway_rest_api": "requests",
    "aws_apigatewayv2_api": "requests",
    "aws_cloudfront_distribution": "requests and data",
    "aws_cloudwatch_log_group": "how much is logged",
    "aws_ecr_repository": "how much it holds",
    "aws_efs_file_system": "how much it holds",
    "aws_flow_log": "how much is logged",
    "aws_kinesis_firehose_delivery_stream": "how much data goes through",
    "aws_lambda_function": "how often and how long it runs",
    "aws_s3_bucket": "how much it holds and requests",
    "aws_sns_topic": "how many messages there are",
    "aws_sqs_queue": "how many messages there are",
}
"""What is paid for by its use alone."""

FIXED: Mapping[str, str] = {
    "aws_cloudwatch_composite_alarm": "a composite alarm",
    "aws_db_instance": "databases",
    "aws_docdb_cluster_instance": "databases",
    "aws_ebs_volume": "disks",
    "aws_ec2_client_vpn_endpoint": "a client VPN",
    "aws_ec2_transit_gateway": "a transit gateway",
    "aws_ec2_transit_gateway_vpc_attachment": "a transit gateway's attachment",
    "aws_eks_cluster": "Kubernetes clusters",
    "aws_eks_node_group": "Kubernetes nodes",
    "aws_elasticache_cluster": "caches",
    "aws_elasticache_replication_group": "caches",
    "aws_elb": "classic load balancers",
    "aws_fsx_lustre_file_system": "FSx file systems",
    "aws_fsx_windows_file_system": "FSx file systems",
    "aws_globalaccelerator_accelerator": "accelerators",
    "aws_kinesis_stream": "streams",
    "aws_mq_broker": "message brokers",
    "aws_msk_cluster": "Kafka clusters",
    "aws_neptune_cluster_instance": "databases",
    "aws_networkfirewall_firewall": "network firewalls",
    "aws_opensearch_domain": "search domains",
    "aws_rds_cluster": "databases",
    "aws_rds_cluster_instance": "databases",
    "aws_redshift_cluster": "data warehouses",
    "aws_route53_zone": "DNS zones",
    "aws_vpn_connection": "VPN connections",
    "aws_wafv2_web_acl": "web application firewalls",
}
"""What is paid for by the hour or month."""

SIZES = frozenset(
    (
        "allocated_storage", "billing_mode", "broker_node_group_info", "capacity_provider_strategy", "cluster_config",
        "desired_capacity", "desired_count", "host_instance_type", "instance_class", "instance_type", "iops",
        "launch_type", "load_balancer_type", "metric_query", "min_size", "mixed_instances_policy", "multi_az",
        "node_type", "num_cache_clusters", "num_cache_nodes", "num_node_groups", "number_of_broker_nodes",
        "number_of_nodes", "read_capacity", "replica", "replicas_per_node_group", "scaling_config", "shard_count",
        "size", "storage_capacity", "storage_type", "subnet_ids", "table_class", "throughput", "type", "write_capacity",
    )
)  # fmt: skip
"""Attributes that decide how much there is of something."""
