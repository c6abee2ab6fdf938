"""`python3 packages.py FOLDER [BOTOCORE_DATA]`: takes out of installed packages what a running service never reads.

Sources stay: tracebacks show their lines. Metadata and licences stay: the bill of materials is made of them.
"""

from __future__ import annotations

import re
import shutil
import struct
import sys
from pathlib import Path

# Type stubs, sources of compiled modules, and what only an installer reads.
UNUSED = re.compile(r".*\.(pyi|pyx|pxd|pxi|c|cpp|h)|py\.typed|RECORD|INSTALLER|REQUESTED|WHEEL|top_level\.txt|zip-safe")
# What botocore loads for every service of AWS.
BOTOCORE_SHARED = frozenset({"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"})


def remove_unused(folder: Path) -> None:
    """Removes programs, and the files that UNUSED names."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in folder.rglob("*"):
        if path.is_file() and UNUSED.fullmatch(path.name):
            path.unlink()


def keep_botocore_data(folder: Path, wanted: set[str]) -> None:
    """Removes botocore's descriptions of AWS's services, of which there are hundreds, but those that are wanted."""
    data = folder / "botocore" / "data"
    missing = sorted(name for name in wanted if not (data / name).is_dir())
    if missing:
        sys.exit(f"botocore-data.txt: botocore knows no {', '.join(missing)}")
    for path in data.iterdir():
        if path.is_dir() and path.name not in wanted:
            shutil.rmtree(path)
        elif path.is_file() and path.name not in BOTOCORE_SHARED:
            path.unlink()
    for path in data.rglob("examples-1.json"):
        path.unlink()


def without_debug_information(library: bytes) -> bytes:
    """A shared library (64-bit ELF, little-endian) up to the end of what is loaded; anything else as it is.

    Behind that are debug information, symbols that the loader does not read, and the table that lists them, whose
    place in the header is set to none. Some wheels are nine tenths debug information, and strip is no part of the base.
    """
    if library[:6] != b"\x7fELF\x02\x01":
        return library
    segments, sections = struct.unpack_from("<QQ", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    end = segments + size * count
    for number in range(count):
        # See elf(5), Elf64_Phdr: type, flags, offset, two addresses, size in the file.
        _, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", library, segments + size * number)
        end = max(end, offset + length)
    if end >= sections:
        return library
    header = bytearray(library[:end])
    struct.pack_into("<Q", header, 40, 0)
    struct.pack_into("<HH", header, 60, 0, 0)
    return bytes(header)


def main(folder: Path, botocore_data: Path | None) -> None:
    """Changes the folder."""
    remove_unused(folder)
    if botocore_data is not None and botocore_data.exists():
        lines = (line.partition("#")[0].strip() for line in botocore_data.read_text().splitlines())
        keep_botocore_data(folder, {line for line in lines if line})
    for library in folder.rglob("*.so*"):
        library.write_bytes(without_debug_information(library.read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
