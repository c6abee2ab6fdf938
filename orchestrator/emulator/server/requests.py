"""What a request to the emulated AWS asks for, in each of AWS's protocols: JSON, query, and REST."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A message that was received comes again after its time, also if that is forgotten: workers ask for messages all day.
READING = ("Describe", "Get", "List", "Query", "Scan", "BatchGet", "BatchCheck", "Filter", "ReceiveMessage")
# What goes through the services that are configured, by the name that signs the request: nothing that Terraform reads.
PASSING = {
    "dynamodb": ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "Execute"),
    "ecr": ("PutImage", "BatchDeleteImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"),
    "logs": ("CreateLogStream", "PutLogEvents"),
    "sqs": ("SendMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue"),
    "sns": ("Publish",),
    "monitoring": ("PutMetricData",),
    "sts": ("AssumeRole",),
    "kms": ("Encrypt", "Decrypt", "GenerateDataKey"),
    "events": ("PutEvents",),
    "states": ("StartExecution",),
}
# Larger forms than this are not looked into.
FORM_BYTES = 1_000_000
_SIGNER = re.compile(rb"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
_ACTION = re.compile(rb"(?:^|&)Action=([^&]+)")


@dataclass(frozen=True)
class Asked:
    """A request's service, by the name that signs it, and its action; both empty where it does not say them."""

    method: str
    path: str
    service: str
    action: str
    has_target: bool
    at_balancer: bool

    @property
    def changes(self) -> str:
        """What it may change: "images" for one to the image registry, "logs" for one to the logs, where that does not
        only add "lines" to them, "state" for another, "" for nothing."""
        if self.at_balancer or self.method in ("GET", "HEAD", "OPTIONS"):
            return ""
        if self.path.startswith("/v2/"):
            return "images"
        if self.action.startswith(READING):
            return ""
        if self.service == "logs":
            return "lines" if self.action == "PutLogEvents" else "logs"
        return "images" if self.service == "ecr" else "state"

    @property
    def removes(self) -> bool:
        """True for one that makes room: it is served on a full disk too."""
        return self.method == "DELETE" or self.action.startswith(("Delete", "BatchDelete"))

    @property
    def configures(self) -> bool:
        """True for one that may change what Terraform reads of AWS, and not only what is kept or sent there."""
        if not self.changes or self.path.startswith("/v2/"):
            return False
        if self.service == "s3":
            return "/" not in self.path.strip("/")  # of a bucket, not of an object in it
        return not self.action.startswith(PASSING.get(self.service, ("\0",)))


async def asked(scope: Scope, receive: Receive) -> tuple[Asked, Receive]:
    """What a request asks for, and its body to be received once more: the query protocol's action stands in it."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    host = headers.get(b"host", b"").decode("latin-1").split(":")[0]
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    prefix, _, action = target.rpartition(".")
    signed = _SIGNER.search(headers.get(b"authorization", b""))
    service = signed[1].decode() if signed else ""
    if not service and "ContainerRegistry" in prefix:
        service = "ecr"
    at_balancer = host.endswith(".alb.localhost")
    is_form = headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded")
    if scope["method"] == "POST" and is_form and not target and not at_balancer:
        body, receive = await _ahead(receive)
        found = _ACTION.search(body)
        action = unquote_plus(found[1].decode("latin-1")) if found else ""
    return Asked(scope["method"], scope["path"], service, action, bool(target), at_balancer), receive


async def _ahead(receive: Receive) -> tuple[bytes, Receive]:
    """The beginning of a body, and what receives all of it again."""
    messages: list[Message] = []
    size, more = 0, True
    while more and size < FORM_BYTES:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return b"".join(message.get("body", b"") for message in messages), again
