"""The one way to write a file that a later run reads: it is there whole or not at all. Standard library only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Put `content` at `path`, in place of what is there, with those permissions; its folder is made if need be.

    A process that is killed, a full disk and a power cut leave the file as it was. Raises `OSError` with the path.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, because only within one file system it can be put in place in one step.
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        # An error of writing knows no name, and the name of a file that is gone again helps nobody.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
