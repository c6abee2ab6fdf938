"""Raw ASGI that answers every request with the same bytes."""

from benchmarks.services.rivals.asgi import Message, Receive, Send, serve

BODY = b'{"lang":"en","kind":"noun","form":"singular","words":["cat","dog","horse"]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    serve(app)
