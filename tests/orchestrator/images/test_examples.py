"""The services of examples/: their images build without an image registry, run as on ECS and answer."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.images import build, content_hash
from orchestrator.images.trial import trial
from orchestrator.machine import base_image
from orchestrator.project import manifest
from orchestrator.project.environment import Environment
from orchestrator.system import paths
from tests.orchestrator.another_machine import two_free_ports
from tests.services.containers import Container, Image, docker

EXAMPLES = paths.ROOT / "examples" / "services"
PLATFORM = "linux/amd64"


@pytest.fixture(scope="module", params=["express", "static"])
def example(request: pytest.FixtureRequest, container_engine: None) -> str:
    """The name of an example."""
    return str(request.param)


@pytest.fixture(scope="module")
def service(example: str, tmp_path_factory: pytest.TempPathFactory) -> manifest.Service:
    """It as a copy in a checkout's services/."""
    folder = tmp_path_factory.mktemp("checkout") / "services"
    shutil.copytree(EXAMPLES / example, folder / example)
    (found,) = manifest.load(folder)
    return found


@pytest.fixture(scope="module")
def reference(service: manifest.Service, work: None) -> Iterator[str]:
    """Its image, built."""
    console = Console(live=False)
    base = base_image.choose(console, Stage("base image", _console=console)).reference
    name = f"storyizer-test/{service.name}:{secrets.token_hex(6)}"
    content = content_hash.content(service, base=base, platform=PLATFORM, tools=build.TOOLS)
    build.build(content, name, base_reference=base, platform=PLATFORM, labels={}, note=lambda line: None)
    yield name
    docker("image", "rm", "--force", name)


@pytest.fixture(scope="module")
def running(service: manifest.Service, reference: str) -> Iterator[Container]:
    """A container of it that answers."""
    port = two_free_ports()
    with Image(reference).running(port, BASE_PATH=service.paths[0], DRAIN_MS="100", DRAIN_SECONDS="0.1") as container:
        yield container


def test_it_keeps_to_what_ecs_allows(
    service: manifest.Service, reference: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # A busy machine may take longer to start a container than a person is to wait for.
    monkeypatch.setattr(trial, "SECONDS", 60.0)
    environment = Environment("local", "000000000000", "us-east-1", "X86_64", tmp_path / "local.tfvars")
    aws = Aws(environment, "http://127.0.0.1:9", {})
    with trial.trials(aws, PLATFORM, Console(live=False), None) as trials:
        trials.check(service, reference)
    assert f"check {service.name}: as user 10001:10001, read-only: /healthz answers 200" in capsys.readouterr().err


def test_it_answers_what_its_smoke_test_asks(example: str, running: Container) -> None:
    if example == "express":
        answer = running.client.get("/api/express", params={"kind": "noun", "count": 3})
        assert (answer.status_code, answer.json()["kind"], len(set(answer.json()["words"]))) == (200, "noun", 3)
        for query in ({"kind": "toString"}, {"kind": "noun", "count": "0"}, {"kind": "noun", "count": "99"}, {}):
            assert running.client.get("/api/express", params=query).status_code == 422
    else:
        for path in ("/help", "/help/", "/help/index.html", "/help?x=1"):
            assert "How a story is made" in running.client.get(path).text, path
        assert running.client.get("/help/style.css").headers["Content-Type"] == "text/css"
    for path in ("/", "/helpless", "/help/../server.py", "/help/none", "/api/express/none"):
        assert running.client.get(path).status_code == 404, path


def test_the_image_tells_nothing_of_this_machine(reference: str, example: str) -> None:
    said = docker("history", "--no-trunc", reference) + docker("image", "inspect", reference)
    assert ("npm_config_registry=http://127.0.0.1:" in said) == (example == "express" and "|" in said)
    assert "authToken" not in said


def test_it_ends_properly(running: Container) -> None:
    status, seconds = running.terminate()
    assert (status, seconds < 30) == (0, True), "ECS would have killed it"
