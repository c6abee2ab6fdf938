"""Many stories while a fifth of DynamoDB's answers fail: none is lost, none is kept twice."""

import sys
import threading
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from servicekit import timing

from .faults import SLOW_SECONDS, FaultyDynamoDB
from .running import ANSWER_SECONDS, RunningService, database

SHORT, LONG = 800, 10_000  # stories: about 15 s, about 4 min
CLIENTS = 24
FAULTY_SHARE = 0.2
SEED = 20
TRIES = 30
MARGIN_SECONDS = 5.0
WAIT_SECONDS = 0.2  # instead of Retry-After's 1 s, to spend the time on requests


@dataclass
class Client:
    """Sends each story until it is acknowledged, as the contract tells a client to."""

    http: httpx.Client
    lock: threading.Lock = field(default_factory=threading.Lock)
    acknowledged: dict[str, httpx.Response] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def keep(self, text: str) -> None:
        """Keeps a story."""
        for number in range(TRIES):
            # Some clients are impatient: they give up, and come again while the first request still runs.
            impatient = number == 0 and zlib.crc32(text.encode()) % 10 == 0
            answer = self._ask(text, impatient)
            if answer is not None and answer.status_code == 201:
                with self.lock:
                    self.acknowledged[text] = answer
                return
            time.sleep(WAIT_SECONDS)
        raise AssertionError(f"{text} was not kept in {TRIES} tries")

    def assert_remembered(self, text: str) -> None:
        """A story that was acknowledged is acknowledged again in the same words, and not kept again."""
        again = self.http.post("/api/stories", json=body_of(text), headers=key_of(text))
        assert again.content == self.acknowledged[text].content
        assert again.headers["idempotency-replayed"] == "true"

    def _ask(self, text: str, impatient: bool) -> httpx.Response | None:
        started = time.monotonic()
        timeout = httpx.Timeout(ANSWER_SECONDS, read=SLOW_SECONDS if impatient else ANSWER_SECONDS)
        try:
            answer = self.http.post("/api/stories", json=body_of(text), headers=key_of(text), timeout=timeout)
        except httpx.ReadTimeout:
            answer = None
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.statuses[str(answer.status_code) if answer is not None else "no answer"] += 1
        assert answer is not None or impatient, "an answer did not come within the deadline"
        assert answer is None or answer.status_code in (201, 409, 503), answer.text
        return answer


def body_of(text: str) -> dict[str, str]:
    return {"template": "The {noun} sleeps", "text": text}


def key_of(text: str) -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, text))}


@pytest.fixture
def stub(dynamodb_endpoint: str) -> Iterator[FaultyDynamoDB]:
    server = FaultyDynamoDB(dynamodb_endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_no_story_is_lost_and_none_kept_twice_while_a_fifth_of_dynamodbs_answers_fail(
    stub: FaultyDynamoDB,
    start_save: Callable[..., RunningService],
    create_table: Callable[[str], str],
    dynamodb_endpoint: str,
    long_run: bool,
) -> None:
    table = create_table("soak-stories")
    service = start_save(stub.url, table)
    client = Client(service.client)
    texts = [f"story {number}" for number in range(LONG if long_run else SHORT)]

    stub.misbehave(FAULTY_SHARE, SEED)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client.keep, texts))
    injected, asked = stub.injected, len(stub.operations)
    stub.calm_down()

    sys.stdout.write(
        f"\n{len(texts)} stories, {asked} calls to DynamoDB, {injected} of them met a fault; "
        f"answers: {dict(client.statuses)}, the slowest after {client.slowest:.1f} s\n"
    )
    assert 0.15 < injected / asked < 0.25
    assert client.slowest < timing.REQUEST_DEADLINE_SECONDS + MARGIN_SECONDS
    assert client.statuses.total() > len(texts), "the faults must be more than the service itself can hide"

    for text in texts[::10]:
        client.assert_remembered(text)
    kept = items(dynamodb_endpoint, table)
    texts_kept = Counter(item["text"]["S"] for item in kept)
    assert sorted(set(texts) - set(texts_kept)) == [], "lost"
    assert {text: count for text, count in texts_kept.items() if count > 1} == {}, "kept twice"
    assert len(kept) == len(texts)
    told = {text: answer.json() for text, answer in client.acknowledged.items()}
    assert {text: f"{story['created_at']}#{story['id']}" for text, story in told.items()} == {
        item["text"]["S"]: item["created_at"]["S"] for item in kept
    }, "what was acknowledged is what was kept"


def items(endpoint: str, table: str) -> list[dict[str, Any]]:
    """All stories in the table, read past the service."""
    pages = database(endpoint).get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"] if "text" in item]
