import botocore.session

client = botocore.session.get_session().create_client(
    "sqs",
    endpoint_url=ENDPOINT,  # noqa: F821
    region_name="us-east-1",
    aws_access_key_id=ACCOUNT,  # noqa: F821
    aws_secret_access_key="test",
)
url = client.get_queue_url(QueueName="jobs-drift-relevant")["QueueUrl"]
client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
