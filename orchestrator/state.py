"""The bucket that holds Terraform's states, and the small objects kept beside them."""

from __future__ import annotations

import json
from typing import Any

from orchestrator import aws as aws_errors
from orchestrator.aws import Aws
from orchestrator.errors import Failure


def backend(aws: Aws, key: str) -> dict[str, str]:
    """The partial configuration of Terraform's S3 backend for the state `key`."""
    environment = aws.environment
    return {
        "bucket": environment.state_bucket,
        "key": f"{key}/terraform.tfstate",
        "region": environment.region,
        "encrypt": "true",
    }


def ensure_bucket(aws: Aws) -> bool:
    """Make the bucket if it is missing: versioned, encrypted, private, TLS only. True if it was made now."""
    from botocore.exceptions import ClientError

    s3, bucket, region = aws.client("s3"), aws.environment.state_bucket, aws.environment.region
    owner = {"ExpectedBucketOwner": aws.environment.account_id}
    try:
        s3.head_bucket(Bucket=bucket, **owner)
        return False
    except ClientError as error:
        if aws_errors.is_code(error, "403", "AccessDenied"):
            raise Failure(
                f"the state bucket {bucket} is not accessible",
                reason="It belongs to another account, or these credentials may not read it.",
                next_step="use credentials that may read and write it",
            ) from error
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **location)
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration=dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            ),
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))
    except ClientError as error:
        raise Failure(
            f"cannot make the state bucket {bucket}",
            reason=aws_errors.explain(error),
            next_step="use credentials that may create it, or create it once: private, versioned, encrypted",
        ) from error
    return True


def _tls_only(bucket: str) -> dict[str, Any]:
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def read(aws: Aws, key: str) -> Any | None:
    """The JSON object `key` beside the states, or None."""
    from botocore.exceptions import ClientError

    try:
        answer = aws.client("s3").get_object(Bucket=aws.environment.state_bucket, Key=key)
        return json.loads(answer["Body"].read())
    except ClientError as error:
        if aws_errors.is_code(error, "NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise


def write(aws: Aws, key: str, value: Any) -> None:
    """Write the JSON object `key` beside the states."""
    aws.client("s3").put_object(
        Bucket=aws.environment.state_bucket,
        Key=key,
        Body=json.dumps(value, indent=1, sort_keys=True).encode(),
        ContentType="application/json",
    )


def keys(aws: Aws, prefix: str) -> list[str]:
    """The keys of all objects that begin with `prefix`, in order."""
    from botocore.exceptions import ClientError

    found: list[str] = []
    try:
        pages = (
            aws.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=aws.environment.state_bucket, Prefix=prefix)
        )
        for page in pages:
            found += [item["Key"] for item in page.get("Contents", [])]
    except ClientError as error:
        if not aws_errors.is_code(error, "NoSuchBucket", "404"):
            raise
    return sorted(found)
