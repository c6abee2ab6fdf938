"""A name server that knows AWS's names and no others: `python -m ... ADDRESS FOLDER SUFFIX...`, until it is ended.

Every name below a suffix has the address; every other does not exist. `unknown-names` in the folder, if it is there,
lists names that do not exist either, a line each. What was asked for is in `names.jsonl`. Standard library only.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from pathlib import Path

PORT = 53
A, ANY = 1, 255
NO_ERROR, NO_SUCH_NAME = 0, 3


def main() -> None:
    """Answer."""
    address, folder, suffixes = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    served = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    served.bind((address, PORT))
    with (folder / "names.jsonl").open("a", buffering=1) as log:
        (folder / "names-ready").touch()
        while True:
            asked, client = served.recvfrom(4096)
            try:
                name, kind, end = question(asked)
            except (struct.error, IndexError, UnicodeDecodeError):
                continue
            known = is_known(name, suffixes, folder / "unknown-names")
            log.write(json.dumps({"name": name, "known": known}) + "\n")
            served.sendto(answer(asked, end, address if known else None, kind), client)


def is_known(name: str, suffixes: list[str], unknown: Path) -> bool:
    """True for a name below one of the suffixes that is not among those taken away."""
    if unknown.exists() and name in unknown.read_text().split():
        return False
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)


def question(asked: bytes) -> tuple[str, int, int]:
    """The name in lower case, the record type, and where the question ends."""
    place, labels = 12, []
    while length := asked[place]:
        labels.append(asked[place + 1 : place + 1 + length].decode("ascii").lower())
        place += 1 + length
    (kind,) = struct.unpack_from("!H", asked, place + 1)
    return ".".join(labels), kind, place + 5


def answer(asked: bytes, end: int, address: str | None, kind: int) -> bytes:
    """The answer: the address to who asks for one, nothing to who asks for another record, or no such name."""
    records = b""
    if address is not None and kind in (A, ANY):
        records = struct.pack("!HHHIH", 0xC00C, A, 1, 1, 4) + socket.inet_aton(address)
    flags = 0x8580 | (NO_SUCH_NAME if address is None else NO_ERROR)
    return asked[:2] + struct.pack("!HHHHH", flags, 1, 1 if records else 0, 0, 0) + asked[12:end] + records


if __name__ == "__main__":
    main()
