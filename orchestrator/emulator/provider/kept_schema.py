"""The whole answer of a provider program about its schemas, on disk: the program need not run to be asked for it.

It follows from the program alone. One file per program; a damaged one counts for nothing.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from orchestrator.system import atomic, paths

_KEPT = 3
_DIGEST_BYTES = hashlib.sha256().digest_size


def file(program: Path) -> Path:
    """Where the answer of that very program is kept: another size or time of change is another program."""
    told = program.stat()
    key = hashlib.sha256(f"{program.resolve()} {told.st_size} {told.st_mtime_ns}".encode()).hexdigest()[:16]
    return folder() / key


def folder() -> Path:
    """Where all answers are."""
    return paths.cache() / "provider-schemas"


def read(kept: Path) -> bytes | None:
    """The answer, or None where there is none that is whole."""
    try:
        content = kept.read_bytes()
    except OSError:
        return None
    digest, answer = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return answer if answer and hashlib.sha256(answer).digest() == digest else None


def write(kept: Path, answer: bytes) -> None:
    """Keep the answer, and those of the programs before it as far as the last few. Raises `OSError`."""
    atomic.write(kept, hashlib.sha256(answer).digest() + answer)
    for old in sorted(kept.parent.iterdir(), key=_age)[_KEPT:]:
        old.unlink(missing_ok=True)


def _age(kept: Path) -> float:
    with suppress(OSError):
        return -kept.stat().st_mtime
    return 0.0
