"""Holds a running service against the document that it serves, with every check that Schemathesis has."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from .running import RunningService

_EXAMPLES: Final = 30
_LONG_EXAMPLES: Final = 1000
_SEED: Final = 1
_AUTH: Final = Path(__file__).with_name("contract_auth.py")


def assert_contract(service: RunningService, document: str, folder: Path, *, long_run: bool = False) -> None:
    """Asks `service` for everything in the document at the path `document`, right and wrong.

    Schemathesis sends the document's examples, each limit of each value and what lies beyond it,
    random requests, and chains of requests over the links; all its checks are on. The first failure
    is this assertion's, with a command that repeats it. Every success that the document promises
    must have been seen: requests that are all refused prove nothing.

    The short run always sends the same requests. The long one draws others each time; the report
    has the seed. `folder` is where Schemathesis may write.
    """
    length = ["--max-examples", str(_LONG_EXAMPLES)] if long_run else ["-n", str(_EXAMPLES), "--seed", str(_SEED)]
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", service.url + document, "--checks", "all", *length,
         "--max-failures", "1", "--request-timeout", "15", "--warnings", "off", "--no-color"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "SCHEMATHESIS_HOOKS": str(_AUTH), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
    missing = _promised(service.client.get(document).json()) - _seen(service, document)
    assert not missing, f"never answered: {sorted(missing)}\n{run.stdout}"


def _promised(document: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {
        (path, method.upper(), int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if int(status) < 300
    }


def _seen(service: RunningService, document: str) -> set[tuple[str, str, int]]:
    paths = service.client.get(document).json()["paths"]
    patterns = [(path, re.compile(re.sub(r"{\w+}", "[^/]+", path))) for path in paths]
    return {
        (path, line["method"], line["status"])
        for line in service.requests()
        for path, pattern in patterns
        if pattern.fullmatch(line["path"])
    }
