"""The content hash: what changes an image's tag, what does not, and how a change is told."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.images import content_hash
from orchestrator.project import manifest


@pytest.fixture
def services(tmp_path: Path) -> Path:
    folder = tmp_path / "services"
    (folder / "words" / "app").mkdir(parents=True)
    (folder / "servicekit").mkdir()
    (folder / "image").mkdir()
    (folder / "Dockerfile").write_text("FROM x\n")
    (folder / "servicekit" / "__init__.py").write_text("")
    (folder / "image" / "sbom.py").write_text("")
    (folder / "words" / "service.yaml").write_text("paths: [/api/words]\n")
    (folder / "words" / "requirements.txt").write_text("starlette==1\n")
    (folder / "words" / "app" / "__main__.py").write_text("print(1)\n")
    return folder


def content(
    services: Path, *, base: str = "base:1", platform: str = "linux/amd64", name: str = "words"
) -> content_hash.Content:
    service = next(item for item in manifest.load(services) if item.name == name)
    tools = services.parent / "tools.txt"
    tools.write_text("pip==1\n")
    return content_hash.content(
        service, base=base, platform=platform, tools=tools, beside=content_hash.Beside(services)
    )


def context(made: content_hash.Content, wheels: list[Path]) -> bytes:
    written = io.BytesIO()
    content_hash.write_context(made, wheels, written)
    return written.getvalue()


def test_the_same_files_give_the_same_tag(services: Path) -> None:
    tag = content(services).tag
    for file in services.rglob("*"):
        file.touch()
    assert content(services).tag == tag
    assert len(tag) == content_hash.TAG_DIGITS


@pytest.mark.parametrize(
    "change",
    [
        lambda s: (s / "words" / "app" / "__main__.py").write_text("print(2)\n"),
        lambda s: (s / "words" / "app" / "new.py").write_text(""),
        lambda s: (s / "words" / "app" / "__main__.py").unlink(),
        lambda s: (s / "words" / "app" / "__main__.py").chmod(0o755),
        lambda s: (s / "words" / "app" / "link").symlink_to("__main__.py"),
        lambda s: (s / "words" / "app" / "folder").symlink_to("../app"),
        lambda s: (s / "words" / "requirements.txt").write_text("starlette==2\n"),
        lambda s: (s / "words" / "Dockerfile").write_text("FROM y\n"),
        lambda s: (s / "Dockerfile").write_text("FROM y\n"),
        lambda s: (s / "servicekit" / "__init__.py").write_text("x = 1\n"),
        lambda s: (s / "image" / "sbom.py").write_text("x = 1\n"),
        lambda s: (s / "words" / "botocore-data.txt").write_text("dynamodb\n"),
    ],
    ids=[
        "edit",
        "add",
        "remove",
        "mode",
        "link",
        "folder link",
        "requirements",
        "own Dockerfile",
        "Dockerfile",
        "kit",
        "build programs",
        "botocore data",
    ],
)
def test_whatever_goes_into_the_image_changes_its_tag(services: Path, change: Callable[[Path], object]) -> None:
    before = content(services)
    change(services)
    assert content(services).tag != before.tag
    assert content_hash.changed(before.inputs, content(services).inputs)


def test_a_links_target_changes_the_tag(services: Path) -> None:
    link = services / "words" / "app" / "link"
    link.symlink_to("a")
    before = content(services).tag
    link.unlink()
    link.symlink_to("b")
    assert content(services).tag != before


@pytest.mark.parametrize("name", ["service.yaml", ".dockerignore", "app/__pycache__/x.pyc"])
def test_what_does_not_go_into_the_image_does_not_change_its_tag(services: Path, name: str) -> None:
    before = content(services).tag
    file = services / "words" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("paths: [/api/other]\n" if name == "service.yaml" else "# nothing\n")
    assert content(services).tag == before


def test_base_image_and_platform_change_the_tag(services: Path) -> None:
    before = content(services)
    assert content(services, base="base:2").tag != before.tag
    assert content(services, platform="linux/arm64").tag != before.tag
    assert content_hash.changed(before.inputs, content(services, base="base:2").inputs) == ["base image changed"]


def test_a_copied_service_has_the_same_content(services: Path) -> None:
    (services / "verbs").mkdir()
    for file in ("requirements.txt",):
        (services / "verbs" / file).write_bytes((services / "words" / file).read_bytes())
    (services / "verbs" / "service.yaml").write_text("paths: [/api/verbs]\n")
    (services / "verbs" / "app").mkdir()
    (services / "verbs" / "app" / "__main__.py").write_text("print(1)\n")
    assert content(services, name="verbs").tag == content(services).tag


def test_why_names_the_inputs_that_changed() -> None:
    before = {"a": "1", "b": "1", "c": "1"}
    assert content_hash.why(None, before) == "first build"
    assert content_hash.why(before, before) == ""
    assert content_hash.why(before, {"a": "2", "b": "1", "d": "1"}) == "a changed, d added, c removed"
    many = {str(number): "1" for number in range(9)}
    assert content_hash.why({}, many) == "0 added, 1 added, 2 added and 6 more"


def test_the_build_context_is_the_same_bytes_each_time(services: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    (services / "words" / "app" / "link").symlink_to("__main__.py")
    made = content(services)
    first = context(made, [wheel])
    for file in services.rglob("*"):
        file.touch()
    assert context(content(services), [wheel]) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        names = tar.getnames()
        assert tar.getmember("service/app/link").linkname == "__main__.py"
    assert names[0] == "Dockerfile"
    assert {"service/app/__main__.py", "servicekit/__init__.py", "wheels/x-1-py3-none-any.whl"} <= set(names)
    assert "service/service.yaml" not in names


def test_a_service_without_requirements_is_told(services: Path) -> None:
    (services / "words" / "requirements.txt").unlink()
    with pytest.raises(Failure, match=r"words has no requirements.txt"):
        content(services)
