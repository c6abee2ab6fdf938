"""What runs on AWS: while it is away, what it does is not done (hashicorp/aws 5.x)."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_SERVICES = {
    "ecs_service ecs_task_set": ("service", "its tasks stop, and with them what they answer"),
    "ecs_cluster": ("cluster", "the services in it stop"),
    "ecs_capacity_provider": ("capacity provider", "nothing is started through it"),
    "autoscaling_group": ("group of instances", "its instances are terminated"),
    "instance spot_instance_request": (
        "server",
        "it stops, and disks that are deleted with it are lost",
    ),
    "ec2_fleet spot_fleet_request": ("fleet", "its instances are terminated"),
    "eks_node_group eks_fargate_profile": ("node group", "the pods on its nodes are evicted"),
    "lambda_function": ("function", "calls to it fail"),
    "lambda_alias": ("function alias", "calls to it fail"),
    "rds_cluster_instance docdb_cluster_instance neptune_cluster_instance": (
        "instance of a database cluster",
        "connections to it break, and the cluster has one instance fewer",
    ),
    "redshiftserverless_workgroup": ("warehouse workgroup", "queries to it fail"),
    "sfn_state_machine sfn_activity": ("state machine", "its running executions are stopped"),
    "batch_compute_environment batch_job_queue": ("batch queue", "jobs do not run"),
    "emr_cluster emrserverless_application": ("EMR cluster", "its jobs stop, and what its disks hold is lost"),
    "mwaa_environment": ("Airflow environment", "its workflows stop, and their history is lost"),
    "sagemaker_endpoint": ("model endpoint", "calls to it fail"),
    "cloudwatch_event_bus pipes_pipe": ("event bus or pipe", "events are not forwarded"),
    "appmesh_mesh appmesh_virtual_gateway appmesh_virtual_node appmesh_virtual_router appmesh_virtual_service": (
        "mesh",
        "traffic is not routed",
    ),
    "elastic_beanstalk_application": ("application", "its environments stop"),
    "lightsail_container_service": ("service", "it stops answering"),
    "gamelift_fleet": ("fleet", "its game sessions end"),
    "mskconnect_connector osis_pipeline msk_replicator": (
        "stream processor",
        "records wait, and whatever it holds in memory is lost",
    ),
    "amplify_branch lex_bot lexv2models_bot bedrockagent_agent": ("application", "it stops answering"),
    "medialive_channel media_package_channel ivs_channel": ("channel", "it goes off the air"),
    "dms_replication_instance dms_replication_config": ("replication", "the copies fall behind"),
}

# Nobody waits for them: a short while without passes unnoticed.
_IN_THE_BACKGROUND = {
    "eks_addon": ("cluster add-on", "its function in the cluster stops"),
    "lambda_event_source_mapping": ("event source", "events are not processed in the meantime"),
    "elasticache_user_group memorydb_acl": ("user group", "its users cannot log in"),
    "scheduler_schedule cloudwatch_event_rule": ("schedule or event rule", "its targets are not invoked"),
    "codebuild_project codepipeline codedeploy_app codedeploy_deployment_group": (
        "delivery pipeline",
        "nothing is built or delivered through it",
    ),
    "synthetics_canary": ("canary", "problems with what it watched go unnoticed"),
    "glue_job glue_crawler glue_trigger glue_workflow": ("job", "it does not run"),
    "datasync_task transfer_workflow": ("transfer", "files are not moved"),
}

HOLDERS = {
    **table(Kind.SERVICE, Severity.HIGH, "aws_", _SERVICES),
    **table(Kind.SERVICE, Severity.MEDIUM, "aws_", _IN_THE_BACKGROUND),
}
