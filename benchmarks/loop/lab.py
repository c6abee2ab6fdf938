"""The lab's way: build, tag and push three images by hand, write their addresses down, `terraform apply` twice.

It gets the help that a careful person would give themselves: contexts that lie ready, the engine's cache, no
downloads, and both configurations initialised. What it does not do is wait until the new version is proven.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.loop.checkout import Checkout

SERVICES: Final = ("save", "website", "words")
# Run with the clone's own modules: where the wheels of a service are.
WHEELS: Final = """
import sys
from pathlib import Path
from orchestrator.images import build
from orchestrator.project import manifest
for service in manifest.load():
    if service.name == sys.argv[1]:
        print("\\n".join(map(str, build.wheels(service.folder / "requirements.txt", "linux/amd64"))))
"""


@dataclass
class Lab:
    """Somebody who has the checkout's system before them, and deploys to it by hand."""

    checkout: Checkout
    contexts: Path
    number: int = 0

    def prepare(self) -> None:
        """Lay the build contexts ready; not measured."""
        for name in SERVICES:
            context = self.contexts / name
            shutil.copytree(self.checkout.folder / "services" / "servicekit", context / "servicekit")
            shutil.copytree(self.checkout.folder / "services" / "image", context / "image")
            shutil.copy(self.checkout.folder / "services" / "Dockerfile", context)
            (context / "wheels").mkdir()
            told = subprocess.run(
                [self.checkout.folder / ".venv" / "bin" / "python", "-c", WHEELS, name], cwd=self.checkout.folder,
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
            for wheel in told.split("\n"):
                if wheel:
                    shutil.copy(wheel, context / "wheels")

    def deploy(self) -> None:
        """Everything that is typed for a new version, one after the other."""
        self.number += 1
        images = {name: self._image(name) for name in SERVICES}
        work = self.checkout.folder / ".storyizer" / "local"
        variables = work / "images.tfvars.json"
        text = variables.read_text()
        for name, image in images.items():
            text, count = re.subn(rf'"[^"]*/{name}@sha256:[0-9a-f]{{64}}"', json.dumps(image), text)
            if not count:
                raise SystemExit(f"no image of {name} in {variables.name}")
        variables.write_text(text)
        environment = self.checkout.terraform_environment()
        registry = {**environment, "TF_DATA_DIR": str(work / "terraform-registry")}
        for name in [name for name in registry if name.startswith("TF_CLI_ARGS")]:
            del registry[name]
        files = ("../project.tfvars", work / "registry.tfvars.json")
        self._apply("registry", registry, *(f"-var-file={file}" for file in files))
        self._apply("environment", environment)

    def _image(self, name: str) -> str:
        """Build, tag and push; the address with the digest, as it was pushed."""
        context = self.contexts / name
        shutil.rmtree(context / "service", ignore_errors=True)
        shutil.copytree(self.checkout.folder / "services" / name, context / "service")
        base = json.loads((self.checkout.folder / ".storyizer" / "base-image.json").read_text())
        host = self.checkout.said["images"][name]["uri"].partition("/")[0]
        local, remote = f"{name}:lab", f"{host}/storyizer/{name}:lab-{self.number}"
        _docker("build", "--tag", local, "--build-arg", f"BASE_IMAGE={base['reference']}", str(context))
        _docker("tag", local, remote)
        _docker("push", remote)
        told = _docker("inspect", "--format", '{{join .RepoDigests "\\n"}}', remote)
        return next(line for line in told.splitlines() if line.startswith(f"{host}/storyizer/{name}@"))

    def _apply(self, root: str, environment: dict[str, str], *arguments: str) -> None:
        done = subprocess.run(
            ["terraform", "apply", "-auto-approve", "-input=false", *arguments], env=environment, text=True,
            cwd=self.checkout.folder / "terraform" / root, capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"terraform apply of {root} ended with {done.returncode}:\n{done.stderr}")


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"docker {arguments[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout
