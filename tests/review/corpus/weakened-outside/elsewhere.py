"""Somebody turns deletion protection off in the console."""

import boto3

# `ENDPOINT` and `ACCOUNT` are given by make.py.
boto3.client(
    "dynamodb",
    endpoint_url=ENDPOINT,  # noqa: F821
    aws_access_key_id=ACCOUNT,  # noqa: F821
    aws_secret_access_key="test",
    region_name="us-east-1",
).update_table(TableName="weakened-outside-orders", DeletionProtectionEnabled=False)
