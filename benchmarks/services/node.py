"""Express, from the versions that package-lock.json has."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from orchestrator.errors import Failure
from orchestrator.system import process
from orchestrator.system.paths import cache

from .machine import need, say
from .servers import Program

SOURCE = Path(__file__).with_name("express")


def express(**variables: str) -> Program:
    """The rival's program, installed once, outside of the checkout. Raises Failure."""
    node = need("node", "nodejs")
    folder = cache() / "tools" / f"express-{_fingerprint()}"
    if not (folder / ".ready").exists():
        _install(folder)
    return Program([node, str(folder / "server.js")], folder, {"NODE_ENV": "production", **variables})


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCE.glob("*.js*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _install(folder: Path) -> None:
    say("installing Express from package-lock.json (once)")
    npm = need("npm", "npm")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = process.run([npm, "ci", "--omit=dev", "--no-audit", "--no-fund"], cwd=folder)
    if not done.ok:
        raise Failure(
            "npm could not install Express",
            details=done.tail(5),
            next_step="check that the npm registry is reachable, then run the same command again",
        )
    (folder / ".ready").touch()
