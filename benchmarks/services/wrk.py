"""wrk, the load generator: as many requests as a server can answer, over connections that are kept."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from orchestrator.errors import Failure

_FOLDER: Final = Path(__file__).parent
_RATE: Final = re.compile(r"^Requests/sec:\s+([0-9.]+)$", re.MULTILINE)
_BAD: Final = re.compile(r"^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$", re.MULTILINE)


def requests_per_second(url: str, *, connections: int, seconds: int, body: str = "", new_seeds: bool = False) -> float:
    """The rate at which `url` answers.

    With a `body` it is sent that by POST; with `new_seeds` no query comes twice.

    Raises Failure if any answer is not a success: a rate of errors is no result.
    """
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    if body:
        command += ["--script", str(_FOLDER / "post.lua")]
    if new_seeds:
        command += ["--script", str(_FOLDER / "seeds.lua")]
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
