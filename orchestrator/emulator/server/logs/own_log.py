"""The emulator's own log: one file for as long as it runs, which may be weeks."""

from __future__ import annotations

import asyncio
import os
import stat

MOST_BYTES = 4 * 2**20
LOOK_SECONDS = 30.0
STANDARD_ERROR = 2


async def keep_short(descriptor: int = STANDARD_ERROR) -> None:
    """Shorten the log whenever it is too long, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        shorten(descriptor)


def shorten(descriptor: int, most: int = MOST_BYTES) -> bool:
    """Leave the newer half of `most` bytes in the file that is written to, if it has more than that: True then.

    What is no file, such as a terminal, stays as it is. A line that is written in this moment may be lost.
    """
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size <= most:
        return False
    with open(f"/proc/self/fd/{descriptor}", "rb") as file:
        file.seek(-(most // 2), os.SEEK_END)
        file.readline()  # what is left of a line
        newer = file.read()
    os.ftruncate(descriptor, 0)
    os.write(descriptor, newer)
    return True
