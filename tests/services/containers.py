"""Images and containers as tests look at them, through the real engine."""

import io
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "10001:10001")
START_SECONDS = 60
ANSWER_SECONDS = 60


def docker(*arguments: str) -> str:
    """What the client prints; a failure is an error with what it said."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {arguments[0]}: {done.stderr}"
    return done.stdout.strip()


class Container:
    """A service in a container on this machine's own network, hardened as Terraform's task definition has it."""

    def __init__(self, image: str, port: int, variables: dict[str, str]) -> None:
        given = [
            word for name, value in {"PORT": str(port), **variables}.items() for word in ("--env", f"{name}={value}")
        ]
        self._id = docker("run", "--detach", "--network", "host", *HARDENED, *given, image)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS, trust_env=False)

    def wait_until_healthy(self) -> None:
        """Waits until `/healthz` answers 200."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.client.get("/healthz").raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.01)
        raise AssertionError(f"the container did not start: {self.log()}")

    def log(self) -> str:
        """What the service wrote."""
        done = subprocess.run(["docker", "logs", self._id], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def terminate(self) -> tuple[int, float]:
        """Sends SIGTERM. Returns the exit status and how many seconds the end took."""
        began = time.monotonic()
        docker("kill", "--signal", "TERM", self._id)
        status = int(docker("wait", self._id))
        return status, time.monotonic() - began

    def remove(self) -> None:
        """Ends it, if need be, and removes it."""
        self.client.close()
        docker("rm", "--force", self._id)


@dataclass(frozen=True)
class Image:
    """An image of the engine."""

    reference: str

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What `docker image inspect` says."""
        found: list[dict[str, Any]] = json.loads(docker("image", "inspect", self.reference))
        [settings] = found
        return settings

    @property
    def layers(self) -> list[str]:
        """The digests of the layers, not compressed."""
        layers: list[str] = self.settings["RootFS"]["Layers"]
        return layers

    @cached_property
    def _files(self) -> dict[str, tarfile.TarInfo]:
        return {member.name: member for member in self._archive.getmembers()}

    @cached_property
    def _archive(self) -> tarfile.TarFile:
        container = docker("create", self.reference)
        try:
            exported = subprocess.run(["docker", "export", container], stdout=subprocess.PIPE, check=True).stdout
        finally:
            docker("rm", container)
        return tarfile.open(fileobj=io.BytesIO(exported))

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        """The files, folders and links of its file system."""
        return iter(self._files.values())

    def paths(self) -> set[str]:
        """Their paths, without the first slash."""
        return set(self._files)

    def read(self, path: str) -> str:
        """A file's text."""
        stream = self._archive.extractfile(path)
        assert stream is not None, f"{path} is no file"
        return stream.read().decode()

    @contextmanager
    def running(self, port: int, **variables: str) -> Iterator[Container]:
        """A container of it that answers."""
        container = Container(self.reference, port, variables)
        try:
            container.wait_until_healthy()
            yield container
        finally:
            container.remove()

    def python(self, *arguments: str, options: Sequence[str] = ()) -> str:
        """What the image's Python prints."""
        return docker(
            "run",
            "--rm",
            "--network",
            "none",
            *HARDENED,
            *options,
            "--entrypoint",
            "python3",
            self.reference,
            *arguments,
        )
