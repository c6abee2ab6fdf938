"""Passes Terraform's calls on to the provider; the one for the schemas it answers itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from orchestrator.emulator.provider import kept_schema, schema
from orchestrator.emulator.provider.upstream import NotStarted, Provider

SERVICE = "/tfplugin5.Provider/"
SCHEMA = f"{SERVICE}GetSchema"
# Those of newer versions of the protocol. A stream takes twice the computing of a call, so not every call is one.
STREAMS = frozenset(f"{SERVICE}{name}" for name in ("ListResource", "InvokeAction"))


@dataclass
class Relay(grpc.GenericRpcHandler):  # type: ignore[misc]
    """What is called. `kept` is the file with the provider's whole answer, `wanted` the one with the types to name."""

    provider: Provider
    kept: Path
    wanted: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Who takes that call: bytes as they come, none of which is decoded."""
        method = handler_call_details.method
        if method == SCHEMA:
            return grpc.unary_unary_rpc_method_handler(self._schemas)
        if method in STREAMS:
            return grpc.stream_stream_rpc_method_handler(partial(self._stream, method))
        if method.startswith(SERVICE):
            return grpc.unary_unary_rpc_method_handler(partial(self._pass_on, method))
        return None  # go-plugin does without its own services

    def _pass_on(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        with _told(context):
            # Terraform takes no call back: it has the provider stop by another one.
            answer: bytes = self.provider.channel().unary_unary(method)(request)
            return answer

    def _stream(self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        with _told(context):
            call = self.provider.channel().stream_stream(method)(requests)
            context.add_callback(call.cancel)
            yield from call

    def _schemas(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        # Every run of Terraform begins with this call, and makes it once.
        self.provider.revive()
        with self._lock, _told(context):
            answer = kept_schema.read(self.kept)
            if answer is None:
                answer = self.provider.channel().unary_unary(SCHEMA)(request)
                if schema.is_sound(answer):
                    with suppress(OSError):  # no room for it: asked again the next time
                        kept_schema.write(self.kept, answer)
        return cut(answer, json.loads(self.wanted.read_text()))


def cut(answer: bytes, wanted: dict[str, Any]) -> bytes:
    """The answer with the types that are wanted. The whole one where one of them is none of the provider's.

    Terraform then names the one that was meant.
    """
    try:
        known = schema.names(answer)
        if any(name not in known[word] for word, name in wanted["declared"]):
            return answer
        return schema.reduced(answer, wanted["types"])
    except schema.NotUnderstood:
        return answer


@contextmanager
def _told(context: grpc.ServicerContext) -> Iterator[None]:
    """Tells the caller what went wrong at the provider, or why there is none."""
    try:
        yield
    except NotStarted as error:
        context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
    except grpc.RpcError as error:
        context.abort(error.code(), error.details() or "")
