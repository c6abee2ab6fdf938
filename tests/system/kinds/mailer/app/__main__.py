"""Takes messages until it is stopped; one with the text "poison" is never finished."""

import os
import signal
import sys

import botocore.session

session = botocore.session.get_session()
region = os.environ["AWS_REGION"]
queue, bucket = os.environ["QUEUE_URL"], os.environ["OUTBOX"]
sqs, s3 = (session.create_client(name, region_name=region) for name in ("sqs", "s3"))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("waiting for messages", flush=True)
while True:
    for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages", []):
        if message["Body"] == "poison":
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
            continue
        s3.put_object(Bucket=bucket, Key=message["Body"], Body=message["Body"].encode())
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        print(f"sent {message['Body']}", flush=True)
