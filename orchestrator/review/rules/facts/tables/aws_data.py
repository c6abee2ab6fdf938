"""What holds data on AWS (names of the provider hashicorp/aws 5.x)."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_SNAPSHOT = "Take a snapshot first and restore from it"
_BUCKET = "Copy the objects elsewhere first"
_TABLE = "Export the table or make a backup first (`aws dynamodb create-backup`)"

_GONE_FOR_GOOD = {
    "dynamodb_table": ("table", "every item in it", _TABLE),
    "dynamodb_global_table dynamodb_table_replica": ("replica of a table", "every item in this copy", _TABLE),
    "db_instance": ("database", "every row in it", _SNAPSHOT),
    "rds_cluster": ("database cluster", "every row in it", _SNAPSHOT),
    "docdb_cluster docdbelastic_cluster": ("document database", "every document in it", _SNAPSHOT),
    "neptune_cluster neptunegraph_graph": ("graph database", "every node and edge in it", _SNAPSHOT),
    "redshift_cluster": ("data warehouse", "every table in it", _SNAPSHOT),
    "redshiftserverless_namespace": ("data warehouse", "every table in it", _SNAPSHOT),
    "dsql_cluster rds_shard_group": ("database cluster", "every row in it"),
    "timestreamwrite_database timestreamwrite_table": ("time series", "every record in it"),
    "timestreaminfluxdb_db_instance": ("time series database", "every record in it"),
    "keyspaces_keyspace keyspaces_table": ("Cassandra table", "every row in it"),
    "qldb_ledger": ("ledger", "every document and the whole history in it"),
    "simpledb_domain": ("SimpleDB domain", "every item in it"),
    "lightsail_database": ("database", "every row in it", _SNAPSHOT),
    "opsworks_rds_db_instance": ("database", "every row in it", _SNAPSHOT),
    "memorydb_cluster": ("in-memory database", "every key in it", _SNAPSHOT),
    "elasticsearch_domain opensearch_domain": ("search domain", "every index and document in it", _SNAPSHOT),
    "opensearchserverless_collection": ("search collection", "every index and document in it"),
    "cloudsearch_domain": ("search domain", "every document in it"),
    "kendra_index qbusiness_application": ("search index", "every document in it"),
    "s3_bucket s3_directory_bucket s3control_bucket": ("bucket", "every object in it, all versions", _BUCKET),
    "s3tables_table_bucket s3tables_namespace s3tables_table": ("S3 table store", "every row in it", _BUCKET),
    "lightsail_bucket": ("bucket", "every object in it", _BUCKET),
    "glacier_vault": ("archive", "every archive in it"),
    "efs_file_system": ("file system", "every file in it", "Make a backup with AWS Backup first"),
    "fsx_lustre_file_system fsx_ontap_file_system fsx_openzfs_file_system fsx_windows_file_system": (
        "file system",
        "every file in it",
        "Make a backup first",
    ),
    "fsx_ontap_storage_virtual_machine fsx_ontap_volume fsx_openzfs_volume": ("volume", "every file in it"),
    "fsx_backup fsx_openzfs_snapshot": ("backup", "what could be restored from it"),
    "ebs_volume lightsail_disk": ("volume", "every file on it", _SNAPSHOT),
    "storagegateway_cached_iscsi_volume storagegateway_stored_iscsi_volume": ("volume", "every file on it"),
    "storagegateway_gateway storagegateway_tape_pool": ("storage gateway", "what is stored through it"),
    "ebs_snapshot ebs_snapshot_copy ebs_snapshot_import": ("snapshot", "what could be restored from it"),
    "db_snapshot db_snapshot_copy db_cluster_snapshot rds_cluster_snapshot_copy": (
        "database snapshot",
        "what could be restored from it",
    ),
    "docdb_cluster_snapshot neptune_cluster_snapshot redshift_cluster_snapshot redshiftserverless_snapshot": (
        "database snapshot",
        "what could be restored from it",
    ),
    "memorydb_snapshot": ("snapshot", "what could be restored from it"),
    "db_instance_automated_backups_replication": ("copies of the backups", "the backups in the other region"),
    "backup_vault backup_logically_air_gapped_vault": ("backup vault", "every recovery point in it"),
    "kms_key kms_external_key kms_replica_key kms_replica_external_key": (
        "key",
        "the means to decrypt. Everything encrypted with it stays unreadable, backups included",
        "Disable the key first and see what breaks; the waiting period (`deletion_window_in_days`) is the last way "
        "back (`aws kms cancel-key-deletion`)",
    ),
    "kms_custom_key_store cloudhsm_v2_cluster cloudhsm_v2_hsm paymentcryptography_key": (
        "key store",
        "the keys in it. Everything encrypted with them stays unreadable",
    ),
    "cognito_user_pool": ("user pool", "every user account; nobody can log in, and passwords cannot be exported"),
    "cognito_user identitystore_user": ("user", "the account and its password"),
    "cognito_identity_pool": ("identity pool", "every identity's id, which applications use to find their users' data"),
    "directory_service_directory": ("directory", "every user, group and computer in it"),
    "identitystore_group": ("group of users", "the group's id and its members"),
    "codecommit_repository codecatalyst_source_repository": ("git repository", "every commit in it"),
    "codeartifact_domain codeartifact_repository": ("package repository", "every package version in it"),
    "kinesis_video_stream": ("video stream", "every recording in it"),
    "msk_cluster msk_serverless_cluster": ("Kafka cluster", "every topic and message in it"),
    "mq_broker": ("message broker", "every queue and the messages in it"),
    "cloudtrail_event_data_store": ("audit store", "every event in it"),
    "securitylake_data_lake": ("security data lake", "every record in it"),
    "eks_cluster": ("Kubernetes cluster", "everything that runs or is stored in it"),
    "sagemaker_domain sagemaker_space sagemaker_notebook_instance": ("notebooks", "the files on its volume"),
    "sagemaker_feature_group": ("feature store", "every record in it"),
    "workspaces_workspace": ("desktop", "the user's disk"),
    "finspace_kx_database finspace_kx_volume finspace_kx_dataview": ("kdb database", "every row in it"),
    "location_tracker location_geofence_collection": ("location store", "every position or geofence in it"),
    "customerprofiles_domain customerprofiles_profile": ("customer profiles", "every profile in it"),
    "dataexchange_data_set dataexchange_revision": ("data set", "every asset in it"),
    "rekognition_collection": ("face collection", "every face in it"),
    "connect_instance": ("contact centre", "its users, flows and recordings"),
    "iot_thing iot_certificate iot_ca_certificate": ("device identity", "the credentials of devices in the field"),
    "organizations_account": ("account", "the account. It is closed, or leaves the organization"),
    "organizations_organization": ("organization", "the organization and the trust between its accounts"),
    "cloudformation_stack cloudformation_stack_set": ("stack", "every resource that the stack manages"),
    "serverlessapplicationrepository_cloudformation_stack cloudcontrolapi_resource": (
        "stack",
        "what is managed through it",
    ),
    "grafana_workspace": ("Grafana workspace", "every dashboard and user setting in it"),
    "finspace_kx_environment finspace_kx_cluster": ("kdb environment", "everything stored in it"),
    "verifiedpermissions_policy_store": ("policy store", "every policy in it"),
    "bedrock_custom_model": ("model", "the trained model"),
    "comprehend_document_classifier comprehend_entity_recognizer": ("model", "the trained model"),
}

_CAN_BE_MADE_GOOD = {
    "cloudwatch_log_group": ("log group", "every log event in it", "Export the events to S3 first, if they are needed"),
    "cloudwatch_log_stream": ("log stream", "every log event in it"),
    "cloudwatch_event_archive": ("event archive", "every event that could be replayed"),
    "prometheus_workspace": ("metrics workspace", "every metric in it"),
    "ecr_repository ecrpublic_repository": (
        "image repository",
        "the images. Running ones cannot be pulled again, and those needed for a rollback are gone",
        "Copy the images that are in use elsewhere first",
    ),
    "ami ami_copy ami_from_instance imagebuilder_image": (
        "machine image",
        "the image. Nothing new can start from it",
    ),
    "secretsmanager_secret": (
        "secret",
        "its value in all versions",
        "Within `recovery_window_in_days` it comes back by `aws secretsmanager restore-secret`, unless the window is 0",
    ),
    "ssm_parameter": ("parameter", "its value, all versions"),
    "iam_access_key": ("access key", "the key. Whoever uses it is locked out"),
    "iam_user": ("user", "the user's identity, and with it its keys and passwords"),
    "iam_user_login_profile iam_virtual_mfa_device iam_signing_certificate iam_service_specific_credential": (
        "credential",
        "the credential. Whoever uses it is locked out",
    ),
    "sqs_queue": ("queue", "every waiting message in it"),
    "kinesis_stream": ("stream", "every record that was not read yet"),
    "kinesis_firehose_delivery_stream": ("delivery stream", "everything that it has not delivered yet"),
    "sns_topic": ("topic", "its subscriptions. E-mail subscriptions must be confirmed again"),
    "elasticache_replication_group elasticache_cluster elasticache_serverless_cache dax_cluster": (
        "cache",
        "every key in it (including sessions and queues, if it holds those)",
        _SNAPSHOT,
    ),
    "elasticache_global_replication_group rds_global_cluster docdb_global_cluster neptune_global_cluster": (
        "global cluster",
        "the copy between the regions",
    ),
    "athena_database glue_catalog_database glue_catalog_table": (
        "catalogue of tables",
        "the tables' definitions, including those found by a crawler; the objects in S3 stay",
    ),
    "glue_registry glue_schema schemas_registry schemas_schema": ("schema registry", "every version of the schemas"),
    "service_discovery_service": ("discovery service", "everything registered in it"),
    "sesv2_contact_list": ("contact list", "every contact in it"),
    "ses_template sesv2_dedicated_ip_pool": ("mail sending", "its mail settings"),
    "pinpoint_app": ("messaging application", "its segments, campaigns and endpoints"),
    "cloudfront_key_value_store cloudfrontkeyvaluestore_key": ("key-value store", "every key in it"),
    "dms_replication_task": ("replication task", "its progress. It starts from the beginning"),
    "lightsail_instance": ("server", "every file on its disk", _SNAPSHOT),
    "sagemaker_model_package_group sagemaker_hub sagemaker_mlflow_tracking_server": (
        "model registry",
        "everything registered in it",
    ),
    "quicksight_data_set quicksight_analysis quicksight_dashboard quicksight_folder": (
        "analysis",
        "everything that people created in it",
    ),
    "amplify_app": ("web application", "its branches, deployments and default domain"),
}

# What Terraform puts there itself, and can put there again, unless somebody has changed it since.
_FROM_THE_CONFIGURATION = {
    "s3_object s3_bucket_object s3_object_copy": ("object of a bucket", "the object, unless the bucket keeps versions"),
    "dynamodb_table_item": ("item of a table", "everything that the application has written to it since"),
    "key_pair lightsail_key_pair": ("key pair", "logins with it"),
}

HOLDERS = {
    **table(Kind.DATA, Severity.MEDIUM, "aws_", _FROM_THE_CONFIGURATION),
    **table(Kind.DATA, Severity.CRITICAL, "aws_", _GONE_FOR_GOOD),
    **table(Kind.DATA, Severity.HIGH, "aws_", _CAN_BE_MADE_GOOD),
}
