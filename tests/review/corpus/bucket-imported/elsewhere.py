import botocore.session

client = botocore.session.get_session().create_client(
    "s3",
    endpoint_url=ENDPOINT,  # noqa: F821
    region_name="us-east-1",
    aws_access_key_id=ACCOUNT,  # noqa: F821
    aws_secret_access_key="test",
)
client.create_bucket(Bucket="media-imported")
