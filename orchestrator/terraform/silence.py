"""Says what Terraform waits for: its provider asks AWS again and again before it gives up, up to 25 times, and tells
nobody until then. With its pauses that takes many minutes.

What it asks for is in its log alone. The log, which can hold secrets, goes to a file without a name, is read as it
grows, and is never kept.
"""

from __future__ import annotations

import itertools
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from orchestrator.aws import causes
from orchestrator.aws.causes import Kind
from orchestrator.aws.session import Aws
from orchestrator.system import notices

# With what an endpoint is given to answer, a silent one is named after half a minute.
PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_KEPT_BYTES = 1 << 20
_BEGIN = re.compile(r"^\d{4}-\d\d-\d\dT\S+ \[", re.MULTILINE)
_FIELD = r"(?:^|\s){}=\"?([^\s\"]+)"
_RETRY = re.compile(r"retrying request (\S+?)/(\S+?), attempt (\d+)")
_XML_CODE = re.compile(r"<Code>(\w+)</Code>")


@dataclass(frozen=True)
class Request:
    """A request to AWS that has no answer that counts: none at all, or one after which it is sent again (`code`)."""

    service: str
    operation: str
    host: str
    since: float
    code: str = ""
    attempt: int = 1

    @property
    def name(self) -> str:
        """The operation as people look it up."""
        return f"{self.service} {self.operation}"


class Requests:
    """The requests in Terraform's log that wait for an answer. Decides only."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str, str], Request] = {}
        self._answers: dict[tuple[str, str, str], Request] = {}
        self._rest = ""

    def take(self, text: str, now: float) -> None:
        """Take more of the log; its last entry counts once the next one has begun."""
        whole = self._rest + text
        starts = [found.start() for found in _BEGIN.finditer(whole)]
        for start, end in itertools.pairwise(starts):
            self._entry(whole[start:end], now)
        self._rest = whole[starts[-1] :] if starts else whole

    def _entry(self, entry: str, now: float) -> None:
        key = (_field("tf_(?:backend\\.)?req_id", entry), _field("rpc.service", entry), _field("rpc.method", entry))
        if "HTTP Request Sent" in entry:
            host = re.sub(r"^https?://([^/]+).*", r"\1", _field("http.url", entry))
            known = self.waiting.get(key) or Request(key[1], key[2], host, now)
            self.waiting[key] = replace(known, host=host or known.host)
        elif "HTTP Response Received" in entry:
            answered = self.waiting.pop(key, None)
            if answered is not None:
                self._answers[key] = replace(answered, code=_code(entry))
        elif retried := _RETRY.search(entry):
            known = self.waiting.get(key) or self._answers.get(key) or Request(retried[1], retried[2], "", now)
            self.waiting[key] = replace(known, attempt=int(retried[3]))

    def long(self, now: float) -> list[Request]:
        """Those that have waited longer than is usual."""
        return [request for request in self.waiting.values() if now - request.since >= PATIENCE_SECONDS]


def _field(name: str, entry: str) -> str:
    found = re.search(_FIELD.format(name), entry)
    return found[1] if found else ""


def _code(entry: str) -> str:
    """The error's code in a logged answer, its status where it has none."""
    in_body = _XML_CODE.search(entry)
    named = _field("http.response.header.x_amzn_errortype", entry) or (in_body[1] if in_body else "")
    return named or _field("http.status_code", entry)


class Silence:
    """Watches the runs of one root module."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._named: set[str] = set()

    @contextmanager
    def watched(self, variables: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The variables for a run of Terraform that is watched while inside. One whose log is kept has its own way."""
        if any(name.startswith("TF_LOG") for name in variables):
            yield dict(variables)
            return
        over = threading.Event()
        with tempfile.TemporaryFile() as log:
            reader = threading.Thread(target=self._watch, args=(log, over), daemon=True)
            reader.start()
            try:
                yield {**variables, "TF_LOG": "DEBUG", "TF_LOG_PATH": f"/proc/{os.getpid()}/fd/{log.fileno()}"}
            finally:
                over.set()
                reader.join()

    def _watch(self, log: IO[bytes], over: threading.Event) -> None:
        requests = Requests()
        # The file's own descriptor shares its position with nobody who writes: Terraform opens it once more.
        while not over.wait(_LOOK_SECONDS):
            requests.take(log.read().decode(errors="replace"), time.monotonic())
            if log.tell() > _KEPT_BYTES:
                log.truncate(0)
                log.seek(0)
            for request in requests.long(time.monotonic()):
                if request.name not in self._named:
                    self._named.add(request.name)
                    # An endpoint that is asked may be silent as well, and outlast Terraform.
                    threading.Thread(target=self._name, args=(request, over), daemon=True).start()

    def _name(self, request: Request, over: threading.Event) -> None:
        why, remedy = self._why(request)
        if not over.is_set():
            advice = f"; {remedy}" if remedy else ""
            notices.say(f"Terraform waits for {request.name}: {why}{advice}")

    def _why(self, request: Request) -> tuple[str, str]:
        from botocore.exceptions import BotoCoreError

        if request.code:
            kind = next((kind for kind, codes in causes.CODES.items() if request.code in codes), Kind.OTHER)
            again = f"{request.host} answers {request.code}, and is asked again (attempt {request.attempt})"
            return again, causes.REMEDIES.get(kind, "")
        try:
            self._aws.reach(f"https://{request.host}/")
        except BotoCoreError as error:
            cause = causes.of(error)
            return cause.why, cause.remedy
        return f"{request.host} does not answer it, though it answers others", causes.REMEDIES[Kind.SILENT]
