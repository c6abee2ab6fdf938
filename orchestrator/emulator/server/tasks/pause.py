"""The image of the container that holds a task's network and volumes: one program, which waits.

ECS has such a container for each task as well. It is assembled here, for no registry may be reachable.
"""

from __future__ import annotations

import io
import platform
import struct
import tarfile
from typing import Any

IMAGE = "storyizer-pause"
PROGRAM = "pause"
_BASE = 0x400000
# Elf64_Ehdr and Elf64_Phdr.
_HEADER, _SEGMENT = 64, 56
# (e_machine, code): pause() again and again; where there is no pause(), ppoll() of nothing.
_CODES = {
    "x86_64": (62, bytes.fromhex("b8220000000f05ebf7")),
    "aarch64": (183, bytes.fromhex("000080d2010080d2020080d2030080d2280980d2010000d4faffff17")),
}


def executable(machine: str) -> bytes:
    """A Linux program for that machine (as `platform.machine()` names it) that waits until it is killed."""
    number, code = _CODES[machine]
    size = _HEADER + _SEGMENT + len(code)
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", 2, number, 1, _BASE + _HEADER + _SEGMENT, _HEADER, 0, 0, _HEADER, _SEGMENT, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def archive(machine: str) -> bytes:
    """The image's only layer."""
    program = executable(machine)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo(PROGRAM)
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    return file.getvalue()


def ensure(client: Any) -> str:
    """The image's name, once the engine has it. `client` is one of the docker package."""
    from docker.errors import ImageNotFound

    name = f"{IMAGE}:{platform.machine()}"
    try:
        client.images.get(name)
    except ImageNotFound:
        client.api.import_image_from_data(
            archive(platform.machine()),
            repository=IMAGE,
            tag=platform.machine(),
            changes=[f'ENTRYPOINT ["/{PROGRAM}"]'],
        )
    return name
