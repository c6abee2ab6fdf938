"""A service without a Dockerfile of its own can write to its volumes: its image has their folders, for its user."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images import build, content_hash
from orchestrator.images.content_hash import Content
from orchestrator.images.trial import trial
from orchestrator.machine import base_image
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service
from orchestrator.system import paths

PLATFORM = "linux/amd64"
# A folder that is not there, one that is, and names that the builder could take for two words and for a variable.
FOLDERS = ("/var/cache/pages", "/srv/app/kept", "/tmp/two words", "/tmp/$HOME")
PROGRAM = f"""
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

for folder in {FOLDERS!r}:
    Path(folder, "written").write_text("")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
EFS = "{path: /shared, file_system: fs-0123, access_point: fsap-0123, file_system_security_group: sg-0123}"


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A service in a checkout's services: the packages of words, and a program that writes to every folder."""
    folder = tmp_path / "services"
    for name in content_hash.SHARED:
        shutil.copytree(paths.SERVICES / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(paths.SERVICES / "Dockerfile", folder)
    (folder / "pages" / "app").mkdir(parents=True)
    for name in ("requirements.in", "requirements.txt"):
        shutil.copy(paths.SERVICES / "words" / name, folder / "pages")
    (folder / "pages" / "app" / "__main__.py").write_text(PROGRAM)
    (folder / "pages" / "app" / "kept").mkdir()
    (folder / "pages" / "app" / "kept" / "file").write_text(secrets.token_hex())
    return folder


def service(services: Path, *volumes: str, more: str = "") -> Service:
    lines = "\n".join(f"  v{number}: {volume}" for number, volume in enumerate(volumes))
    text = f"paths: [/pages]\n{more}" + (f"volumes:\n{lines}\n" if volumes else "")
    (services / "pages" / "service.yaml").write_text(text)
    return manifest.load(services)[0]


def content(services: Path, made: Service, base: str = "base:1") -> Content:
    return content_hash.content(
        made, base=base, platform=PLATFORM, tools=build.TOOLS, beside=content_hash.Beside(services)
    )


def test_only_volumes_of_its_own_make_another_image_of_a_service(services: Path) -> None:
    def inputs(*volumes: str, more: str = "") -> dict[str, str]:
        return dict(content(services, service(services, *volumes, more=more)).inputs)

    plain = inputs()
    assert plain == inputs(EFS) == inputs(more='user: "1000:1000"\n')
    one = inputs("{path: /data}")
    assert content_hash.changed(plain, one) == ["volumes added"]
    assert content_hash.changed(one, inputs("{path: /data}", EFS)) == []
    for other in (inputs("{path: /other}"), inputs("{path: /data}", more='user: "1000:1000"\n')):
        assert content_hash.changed(one, other) == ["volumes changed"]


def test_a_dockerfile_of_its_own_stays_as_it_is(services: Path) -> None:
    (services / "pages" / "Dockerfile").write_text("FROM scratch\n")
    made = content(services, service(services, "{path: /data}"))
    assert (made.ending, "volumes" in made.inputs) == ("", False)


@pytest.fixture
def tried(
    services: Path, container_engine: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[str]]]:
    """Builds the service's image and runs it as ECS does; what is warned of."""
    console = Console(live=False)
    base = base_image.choose(console, Stage("base image", _console=console)).reference
    aws = Aws(Environment("local", "000000000000", "us-east-1", "X86_64", services / "x"), "http://127.0.0.1:9", {})
    said: list[str] = []
    monkeypatch.setattr(console, "say", said.append)
    # On a busy machine a container that ends at once may take longer to start than a person is to wait for.
    monkeypatch.setattr(trial, "SECONDS", 60.0)
    reference = f"storyizer-test/volumes:{secrets.token_hex(6)}"

    with trial.trials(aws, PLATFORM, console, None) as trials:

        def run(made: Service, **changes: str) -> list[str]:
            said.clear()
            whole = dataclasses.replace(content(services, made, base), **changes)  # type: ignore[arg-type]
            build.build(whole, reference, base_reference=base, platform=PLATFORM, labels={}, note=lambda line: None)
            trials.check(made, reference)
            return [line for line in said if line.startswith("warning")]

        yield run
    subprocess.run(["docker", "image", "rm", "--force", reference], capture_output=True, check=False)


@pytest.mark.parametrize("user", ["10001:10001", "1000:2000"])
def test_it_writes_to_its_volumes_under_the_restrictions_of_ecs(
    services: Path, tried: Callable[..., list[str]], user: str
) -> None:
    made = service(services, *(f"{{path: '{folder}'}}" for folder in FOLDERS), more=f'user: "{user}"\n')
    assert tried(made) == []


def test_without_those_folders_it_could_not(services: Path, tried: Callable[..., list[str]]) -> None:
    made = service(services, *(f"{{path: '{folder}'}}" for folder in FOLDERS))
    with pytest.raises(Failure) as failed:
        tried(made, ending="")
    assert failed.value.message == "the image of pages may not write to a volume of its own as user 10001:10001"
