"""`python3 fetch.py`: Node.js, npm and what they need, in the versions of tools.json; what is another file is refused.

The base image has neither of them, nor a package manager. It is Python's official image, or one of Debian's packages.
"""

import hashlib
import io
import json
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
import urllib.request
from pathlib import Path

NODE, NPM = Path("/usr/local/bin/node"), Path("/npm")
# The file system of the final image.
OUT = Path("/out")
LIBRARIES = Path(f"/usr/lib/{platform.machine()}-linux-gnu")


def fetch(tool: dict[str, str]) -> bytes:
    """A file of one of the registries that the build was given."""
    base = os.environ[tool["from"]]
    with urllib.request.urlopen(f"{base.rstrip('/')}/{tool['path']}") as answer:
        content: bytes = answer.read()
    found = hashlib.new(tool["hash"], content).hexdigest()
    if found != tool["digest"]:
        raise SystemExit(f"{tool['path']} is another file than tools.json has: {tool['hash']} {found}")
    return content


def unpack(archive: bytes, wanted: str, into: Path) -> None:
    """What stands in a tar archive below a path; for a file, that file."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name == wanted or name.startswith(f"{wanted}/"):
                member.name = name.removeprefix(wanted).lstrip("/") or into.name
                tar.extract(member, into if name != wanted else into.parent, filter="data")


def data_of(package: bytes) -> bytes:
    """The files of a Debian package: a member of an ar archive, as a tar archive."""
    position = 8
    while position < len(package):
        name, size = package[position : position + 16].decode().strip(), int(package[position + 48 : position + 58])
        body = package[position + 60 : position + 60 + size]
        if name.startswith("data.tar"):
            return lzma.decompress(body) if ".xz" in name else body
        position += 60 + size + size % 2
    raise SystemExit("it is no Debian package")


def libraries(program: Path) -> list[Path]:
    """The shared libraries that a program loads, and the loader."""
    loader = next(file for folder in ("/lib64", "/lib") for file in sorted(Path(folder).glob("ld-linux-*.so.*")))
    listed = subprocess.run([loader, "--list", program], capture_output=True, text=True, check=True).stdout
    words = [word for line in listed.splitlines() for word in line.split()]
    return [loader, *(Path(word) for word in words if word.startswith("/") and Path(word) != loader)]


def main() -> None:
    """Fill /npm and /out."""
    tools = json.loads(Path("tools.json").read_text())
    machine = tools[platform.machine()]
    unpack(fetch(machine["node"]), "package/bin/node", NODE)
    unpack(fetch(tools["npm"]), "package", NPM)
    if not (LIBRARIES / "libstdc++.so.6").exists():
        unpack(data_of(fetch(machine["libstdc++6"])), str(LIBRARIES).lstrip("/"), LIBRARIES)
    for file in (NODE, *libraries(NODE)):
        place = OUT / file.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)


if __name__ == "__main__":
    main()
