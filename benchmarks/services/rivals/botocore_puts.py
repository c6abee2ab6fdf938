"""Bare botocore: THREADS threads that write the item of REQUEST again and again. Prints the writes per second.

Each write has an id of its own, as each story has.
"""

import json
import os
import secrets
import sys
import threading
import time
from typing import Any

import botocore.session
from botocore.config import Config

THREADS = int(os.environ["THREADS"])
# What PynamoDB and the save service switch off in botocore because it costs time.
TUNED = {"parameter_validation": False, "user_agent": "benchmark"} if os.environ.get("TUNED") else {}
# As the save service has it: failing late or repeating is not what is measured.
CONFIG = Config(connect_timeout=1, read_timeout=1, max_pool_connections=THREADS, retries={"max_attempts": 0}, **TUNED)


def main() -> float:
    """Writes per second, after the warm-up."""
    client: Any = botocore.session.get_session().create_client(
        "dynamodb", region_name=os.environ["AWS_REGION"], config=CONFIG
    )
    request = json.loads(os.environ["REQUEST"])
    counts = [0] * THREADS
    stop = threading.Event()
    failures: list[Exception] = []

    def put(number: int) -> None:
        while not stop.is_set():
            item = request["Item"] | {"id": {"S": secrets.token_hex(10)}}
            try:
                client.put_item(**request | {"Item": item})
            except Exception as error:
                failures.append(error)
                return
            counts[number] += 1

    threads = [threading.Thread(target=put, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(float(os.environ["WARM_SECONDS"]))
    before, began = sum(counts), time.monotonic()
    time.sleep(float(os.environ["SECONDS"]))
    rate = (sum(counts) - before) / (time.monotonic() - began)
    stop.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return rate


if __name__ == "__main__":
    sys.stdout.write(f"{main()}\n")
