"""Uses everything that its manifest asks for: another service, secrets, a bucket, a table, a queue."""

import json
import os
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.session

session = botocore.session.get_session()
region = os.environ["AWS_REGION"]
sqs, s3, dynamodb = (session.create_client(name, region_name=region) for name in ("sqs", "s3", "dynamodb"))


def price(query: dict[str, str]) -> object:
    """What the backend says."""
    with urllib.request.urlopen(f"{os.environ['PRICING_URL']}/", timeout=5) as answer:
        return int(answer.read())


def clock(query: dict[str, str]) -> object:
    """What the sidecar says."""
    with urllib.request.urlopen("http://127.0.0.1:9100/", timeout=5) as answer:
        return answer.read().decode().split()[0]


def secrets(query: dict[str, str]) -> object:
    """How long the secrets are."""
    return {name: len(os.environ[name]) for name in ("API_KEY", "PARAMETER")}


def mail(query: dict[str, str]) -> object:
    """Send a message to the worker."""
    return sqs.send_message(QueueUrl=os.environ["MAIL_QUEUE"], MessageBody=query["text"])["MessageId"]


def sent(query: dict[str, str]) -> object:
    """What the worker has put into the bucket."""
    return sorted(item["Key"] for item in s3.list_objects_v2(Bucket=os.environ["OUTBOX_BUCKET"]).get("Contents", []))


def cart(query: dict[str, str]) -> object:
    """Put something into the table, and count what is there."""
    table, customer = os.environ["CARTS_TABLE"], {"S": query["customer"]}
    dynamodb.put_item(TableName=table, Item={"customer": customer, "added": {"N": str(time.time_ns())}})
    found = dynamodb.query(
        TableName=table, KeyConditionExpression="customer = :c", ExpressionAttributeValues={":c": customer}
    )
    return found["Count"]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Call the function that the path names."""
        path, _, query = self.path.partition("?")
        functions = {"/shop/price": price, "/shop/secrets": secrets, "/shop/mail": mail}
        functions |= {"/shop/clock": clock}
        functions |= {"/shop/sent": sent, "/shop/cart": cart, "/healthz": lambda query: "well"}
        function = functions.get(path)
        try:
            said = function(dict(urllib.parse.parse_qsl(query))) if function else None
            status = 200 if function else 404
        except Exception as error:  # the test is to see it
            status, said = 500, repr(error)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Admin(BaseHTTPRequestHandler):
    """One request to the second port, which knows nothing of the first one's paths."""

    def do_GET(self) -> None:
        """Say what was asked for."""
        path = self.path.partition("?")[0]
        body = json.dumps({"admin": path}).encode()
        self.send_response(200 if path == "/ready" or path.startswith("/shop/admin") else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


threading.Thread(target=ThreadingHTTPServer(("", 9000), Admin).serve_forever, daemon=True).start()
ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
