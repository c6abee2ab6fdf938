"""Somebody deletes all of this by hand."""

import boto3

# `ENDPOINT` and `ACCOUNT` are given by make.py.


def client(service):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,  # noqa: F821
        aws_access_key_id=ACCOUNT,  # noqa: F821
        aws_secret_access_key="test",
        region_name="us-east-1",
    )


client("dynamodb").delete_table(TableName="deleted-orders-eu")
client("logs").delete_log_group(logGroupName="/deleted-outside/orders")
client("logs").delete_log_group(logGroupName="/deleted-outside/old")
sqs = client("sqs")
sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="jobs-deleted-outside")["QueueUrl"])
client("s3").delete_public_access_block(Bucket="scans-deleted-outside")
client("events").delete_rule(Name="nightly-deleted-outside")
