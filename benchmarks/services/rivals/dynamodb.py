"""A stub of DynamoDB in memory: PutItem, GetItem, correct headers and no other work, so that it is no bottleneck.

`GET /last` is the last PutItem of a story as it came, `GET /healthz` says that it runs.
"""

import asyncio
import os
import zlib
from typing import Final, cast

import msgspec
import uvloop

HEAD: Final = (
    b"HTTP/1.1 %d %b\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 00000000000000000000000000000000000000000000000000\r\nx-amz-crc32: %d\r\n\r\n%b"
)
CONDITION_FAILED: Final = (
    b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",'
    b'"message":"The conditional request failed"}'
)
UNKNOWN: Final = b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'

decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
decode_id = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]]).decode
items: dict[bytes, bytes] = {}
last = b"{}"


def answer(operation: bytes, body: bytes) -> tuple[int, bytes]:
    """The status and the body for an operation. The only condition that it knows is that there is no such item."""
    global last
    request = decode(body)
    if operation == b"PutItem":
        item = bytes(request["Item"])
        key = bytes(decode_id(item)["id"]["S"])
        if key in items and "ConditionExpression" in request:
            return 400, CONDITION_FAILED
        items[key] = item
        if b'"template"' in item:
            last = body
        return 200, b"{}"
    if operation == b"GetItem":
        found = items.get(bytes(decode_id(request["Key"])["id"]["S"]))
        return 200, b'{"Item":%b}' % found if found else b"{}"
    return 400, UNKNOWN


class Connection(asyncio.Protocol):
    """HTTP as far as botocore speaks it: a Content-Length, no chunks, one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, rest = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        headers = {name.lower(): value.strip() for name, _, value in (h.partition(b":") for h in head.split(b"\r\n"))}
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self.received = rest[length:]
        if head.startswith(b"GET"):
            status, body = 200, last if head.startswith(b"GET /last ") else b"{}"
        else:
            # wrk sends what was captured without botocore's headers.
            operation = headers.get(b"x-amz-target", b".PutItem").partition(b".")[2]
            status, body = answer(operation, rest[:length])
        reason = b"OK" if status == 200 else b"Bad Request"
        self.transport.write(HEAD % (status, reason, len(body), zlib.crc32(body), body))


async def main() -> None:
    """Serves on PORT until the process ends."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
