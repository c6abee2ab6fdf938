"""Builds the services' images as `up` does and prints their sizes as JSON, in bytes.

`python3 benchmarks/services/images.py`, in the orchestrator's environment. Compressed sizes are those of the layers
under zlib at gzip's usual level; the gzip of a push, which is Go's, makes them about 2 % larger.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

# Run as a file, Python looks beside it for modules; the orchestrator lies in the checkout's root.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from orchestrator.console import Console  # noqa: E402
from orchestrator.images import build, content_hash  # noqa: E402
from orchestrator.machine import base_image, engine  # noqa: E402
from orchestrator.project import manifest  # noqa: E402

GZIP_LEVEL = 6
LARGEST = 8
PLATFORMS = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
# What a layer holds, by a folder that only this layer has.
HOLDS = (("srv/lib/", "packages"), ("srv/app/", "service"), ("srv/sbom", "bill of materials"))
BASE = "Python and what it loads"


def main() -> None:
    """Prints the sizes. Raises `Failure`."""
    console = Console(live=False)
    platform = PLATFORMS[engine.ensure(console).architecture]
    try:
        with console.stage("base image") as stage:
            base = base_image.choose(console, stage)
        result: dict[str, Any] = {"base": {"from": base.description} | sizes(layers(base.reference)), "services": {}}
        for service in manifest.load():
            content = content_hash.content(service, base=base.content_id, platform=platform, tools=build.TOOLS)
            reference = f"storyizer-benchmark/{service.name}:{content.tag}"
            with console.stage(f"build {service.name}") as stage:
                build.build(
                    content, reference, base_reference=base.reference, platform=platform, labels={}, note=stage.note
                )
            found = layers(reference)
            subprocess.run(["docker", "image", "rm", "--force", reference], check=True, stdout=subprocess.DEVNULL)
            result["services"][service.name] = sizes(found) | {"layers": found, "largest": largest(found)}
    finally:
        engine.stop_if_ours(console)
    for item in result["services"].values():
        for layer in item["layers"]:
            del layer["folders"]
    print(json.dumps(result, indent=2))  # noqa: T201 - its output is its purpose


def layers(reference: str) -> list[dict[str, Any]]:
    """An image's layers from the lowest on: what each holds, its sizes and those of its folders."""
    with tempfile.TemporaryFile() as saved:
        subprocess.run(["docker", "save", reference], check=True, stdout=saved)
        saved.seek(0)
        with tarfile.open(fileobj=saved) as archive:
            [image] = json.load(member(archive, "manifest.json"))
            return [layer(member(archive, name)) for name in image["Layers"]]


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """A file of an archive, read through links."""
    stream = archive.extractfile(name)
    if stream is None:
        raise SystemExit(f"docker save wrote no {name}")
    return stream


def layer(stream: IO[bytes]) -> dict[str, Any]:
    """A layer's sizes. Some engines save layers compressed, some as they are."""
    data = stream.read()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    folders: Counter[str] = Counter()
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            for entry in archive:
                folders["/".join(entry.name.split("/")[:3])] += entry.size
            holds = [what for start, what in HOLDS if any(name.startswith(start) for name in archive.getnames())]
    return {
        "holds": holds[0] if holds else BASE,
        "bytes": sum(folders.values()),
        "compressed_bytes": len(gzip.compress(data, GZIP_LEVEL)),
        "folders": folders,
    }


def sizes(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The sizes of all layers together."""
    return {name: sum(layer[name] for layer in found) for name in ("bytes", "compressed_bytes")}


def largest(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The folders and files, three levels down, that are the most of it, not compressed."""
    total: Counter[str] = Counter()
    for item in found:
        total.update(item["folders"])
    return dict(total.most_common(LARGEST))


if __name__ == "__main__":
    main()
