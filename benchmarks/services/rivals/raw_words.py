"""GET /api/words?kind=noun&count=3 written by hand in raw ASGI: no middleware, no log, no documents, no problems."""

import json
import os
import random
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from benchmarks.services.rivals.asgi import Message, Receive, Send, serve

KINDS = ("noun", "verb", "adjective")
COUNT_MAX = 100
WORDS = json.loads(Path(os.environ["WORDS"]).read_text())
encode = msgspec.json.Encoder().encode


async def app(scope: Message, receive: Receive, send: Send) -> None:
    query = parse_qs(scope["query_string"].decode())
    kind = query.get("kind", [""])[0]
    count = query.get("count", ["1"])[0]
    status = 200
    if scope["path"] == "/healthz":
        body = b'{"status":"ok"}'
    elif kind not in KINDS or not count.isdecimal() or not 1 <= int(count) <= COUNT_MAX:
        status, body = 422, b"{}"
    else:
        chosen = random.sample(WORDS, int(count))
        body = encode({"lang": "en", "kind": kind, "form": "singular", "words": chosen})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    serve(app)
