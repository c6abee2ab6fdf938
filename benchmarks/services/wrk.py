"""wrk, the load generator: as many requests as a server can answer, over connections that are kept."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from orchestrator.errors import Failure

POST: Final = Path(__file__).with_name("post.lua")
_RATE: Final = re.compile(r"^Requests/sec:\s+([0-9.]+)$", re.MULTILINE)
_BAD: Final = re.compile(r"^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$", re.MULTILINE)


def requests_per_second(url: str, *, connections: int, seconds: int, body: str = "") -> float:
    """The rate at which `url` answers; with a `body` it is sent that by POST.

    Raises Failure if any answer is not a success: a rate of errors is no result.
    """
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    if body:
        command += ["--script", str(POST)]
    done = subprocess.run(
        [*command, url],
        env={"PATH": os.environ["PATH"], "BODY": body},
        capture_output=True,
        text=True,
        check=False,
    )
    return parse(done.stdout + done.stderr)


def parse(output: str) -> float:
    """The rate in what wrk wrote. Raises Failure."""
    bad = _BAD.findall(output)
    rate = _RATE.search(output)
    if bad or not rate:
        raise Failure("the load was not answered as it should", details=bad or output.splitlines()[-5:])
    return float(rate[1])
