"""Which resources hold policy documents, where, and what those are attached to."""

from __future__ import annotations

IDENTITY: dict[str, str] = {
    "aws_iam_policy": "policy",
    "aws_iam_role_policy": "policy",
    "aws_iam_user_policy": "policy",
    "aws_iam_group_policy": "policy",
    "aws_iam_role": "inline_policy",
    "aws_ssoadmin_permission_set_inline_policy": "inline_policy",
}
"""What says what an identity may do: type of resource, and its attribute."""

TRUST: dict[str, str] = {"aws_iam_role": "assume_role_policy"}
"""What says who may be a role."""

RESOURCE: dict[str, str] = {
    "aws_acmpca_policy": "policy",
    "aws_api_gateway_rest_api": "policy",
    "aws_api_gateway_rest_api_policy": "policy",
    "aws_backup_vault_policy": "policy",
    "aws_cloudwatch_event_bus_policy": "policy",
    "aws_cloudwatch_log_destination_policy": "access_policy",
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_codeartifact_domain_permissions_policy": "policy_document",
    "aws_codeartifact_repository_permissions_policy": "policy_document",
    "aws_dynamodb_resource_policy": "policy",
    "aws_ecr_registry_policy": "policy",
    "aws_ecr_repository_policy": "policy",
    "aws_ecrpublic_repository_policy": "policy",
    "aws_efs_file_system_policy": "policy",
    "aws_elasticsearch_domain": "access_policies",
    "aws_elasticsearch_domain_policy": "access_policies",
    "aws_glacier_vault": "access_policy",
    "aws_glue_resource_policy": "policy",
    "aws_kinesis_resource_policy": "policy",
    "aws_kms_external_key": "policy",
    "aws_kms_key": "policy",
    "aws_kms_key_policy": "policy",
    "aws_kms_replica_key": "policy",
    "aws_lambda_layer_version_permission": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_opensearch_domain_policy": "access_policies",
    "aws_s3_access_point": "policy",
    "aws_s3_bucket": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_s3control_access_point_policy": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_ses_identity_policy": "policy",
    "aws_sns_topic": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_vpc_endpoint": "policy",
    "aws_vpc_endpoint_policy": "policy",
}
"""What says who may use a resource."""

NAMES = (
    "arn",
    "backup_vault_name",
    "bucket",
    "domain_name",
    "file_system_id",
    "group",
    "key_id",
    "queue_url",
    "repository",
    "resource_arn",
    "rest_api_id",
    "role",
    "secret_arn",
    "user",
)
"""The attributes by which a policy names what it is attached to."""

HOLDERS = frozenset(
    (
        "aws_api_gateway_rest_api",
        "aws_backup_vault",
        "aws_cloudwatch_event_bus",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_ecrpublic_repository",
        "aws_efs_file_system",
        "aws_elasticsearch_domain",
        "aws_iam_group",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kinesis_stream",
        "aws_kms_key",
        "aws_opensearch_domain",
        "aws_s3_access_point",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sns_topic",
        "aws_sqs_queue",
        "aws_vpc_endpoint",
    )
)
"""What a policy can be attached to."""

_FILLED_IN = frozenset(("policy", "inline_policy", "managed_policy_arns", "access_policies"))


def is_computed(type_: str, attribute: str) -> bool:
    """True if the provider fills the attribute in where the configuration does not set it."""
    return attribute in _FILLED_IN and not (type_.endswith("_policy") or type_ == "aws_iam_policy")
