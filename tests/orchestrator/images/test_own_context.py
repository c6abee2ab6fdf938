"""A Dockerfile with a context of its own: its files, its hash, and the image that the engine makes of the folder."""

from __future__ import annotations

import dataclasses
import io
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.images import build, content_hash
from orchestrator.images.content_hash import Content
from orchestrator.project.manifest import Service
from orchestrator.project.schema.build import Build

PLATFORM = "linux/amd64"


@pytest.fixture
def shop(tmp_path: Path) -> Service:
    """A service with a context of its own."""
    folder = tmp_path / "services" / "shop"
    for name in ("service.yaml", "Dockerfile", "app.js", "src/a.js", "src/deep/b.js", "node_modules/x/index.js"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return Service("shop", folder, ("/shop",), build=Build())


def content(service: Service, base: str = "base", platform: str = PLATFORM) -> Content:
    return content_hash.content(service, base=base, platform=platform, tools=build.TOOLS)


def sent(made: Content) -> set[str]:
    """The files in what is sent to the engine."""
    file = io.BytesIO()
    content_hash.write_context(made, (), file)
    file.seek(0)
    with tarfile.open(fileobj=file) as tar:
        return {member.name for member in tar}


def with_build(service: Service, **changes: object) -> Service:
    assert service.build is not None
    return dataclasses.replace(service, build=dataclasses.replace(service.build, **changes))  # type: ignore[arg-type]


def test_the_folder_is_the_root_of_the_context_without_the_manifest(shop: Service) -> None:
    made = content(shop)
    assert sent(made) == {"Dockerfile", "app.js", "src/a.js", "src/deep/b.js", "node_modules/x/index.js"}
    assert {item.path: item.because for item in made.left_out} == {"context/service.yaml": "by default"}


def test_the_ignore_file_decides_and_its_line_is_said(shop: Service) -> None:
    (shop.folder / ".dockerignore").write_text("node_modules\n!service.yaml\n")
    made = content(shop)
    assert sent(made) == {"Dockerfile", ".dockerignore", "service.yaml", "app.js", "src/a.js", "src/deep/b.js"}
    (left_out,) = made.left_out
    assert (left_out.path, left_out.because.partition(".dockerignore")[2]) == (
        "context/node_modules", ":1: node_modules",
    )  # fmt: skip


def test_the_ignore_file_of_the_dockerfile_counts_instead_of_the_folders(shop: Service) -> None:
    (shop.folder / ".dockerignore").write_text("src\n")
    (shop.folder / "Dockerfile.dockerignore").write_text("app.js\n*.dockerignore\n.dockerignore\n")
    assert sent(content(shop)) == {"Dockerfile", "src/a.js", "src/deep/b.js", "node_modules/x/index.js"}


def test_a_change_of_the_manifest_makes_no_new_image(shop: Service) -> None:
    before = content(shop).tag
    (shop.folder / "service.yaml").write_text("paths: [/shop]\ncount: 5\n")
    assert content(shop).tag == before


def test_everything_that_decides_about_the_image_is_in_its_tag(shop: Service) -> None:
    (shop.folder / "other").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY . /\n")
    before = content(shop)
    made = {
        "nothing": before,
        "a target": content(with_build(shop, target="runtime")),
        "an argument": content(with_build(shop, arguments={"A": "1"})),
        "another value": content(with_build(shop, arguments={"A": "2"})),
        "the network": content(with_build(shop, network=True)),
        "the platform": content(shop, platform="linux/arm64"),
        "another Dockerfile": content(with_build(shop, dockerfile="other")),
        "that on another base": content(with_build(shop, dockerfile="other"), base="another"),
    }
    (shop.folder / "app.js").chmod(0o755)
    made["a mode"] = content(shop)
    (shop.folder / "new.js").write_text("")
    made["a file"] = content(shop)
    assert len({item.tag for item in made.values()}) == len(made)
    assert content_hash.why(before.inputs, made["an argument"].inputs) == "build argument A added"


def test_the_base_image_counts_only_where_it_is_used(shop: Service) -> None:
    assert content(shop, base="one").tag == content(shop, base="two").tag
    assert not content_hash.needs_base(shop)
    (shop.folder / "Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    assert content(shop, base="one").tag != content(shop, base="two").tag
    assert content_hash.needs_base(shop)


def test_a_context_above_the_service_holds_the_other_services_but_not_its_manifest(shop: Service) -> None:
    (shop.folder.parent / "lib").mkdir()
    (shop.folder.parent / "lib" / "lib.js").write_text("")
    made = content(with_build(shop, context=".."))
    assert {"lib/lib.js", "shop/app.js", "shop/Dockerfile"} < sent(made)
    assert "shop/service.yaml" not in sent(made)
    assert made.recipe is not None and made.recipe.file == "shop/Dockerfile"
    assert content_hash.sources(with_build(shop, context="..")) == (shop.folder / "Dockerfile", shop.folder.parent)


@pytest.mark.parametrize(
    ("changes", "message", "reason"),
    [
        ({"context": "../../.."}, "build.context leads out of the checkout", "Another machine"),
        ({"dockerfile": "/etc/hosts"}, "build.dockerfile leads out of the checkout", "/etc/hosts"),
        ({"context": "sources"}, "build.context is no folder", "sources"),
        ({"dockerfile": "Containerfile"}, "build.dockerfile is no file", "Containerfile"),
        ({"dockerfile": "src"}, "build.dockerfile is no file", "src"),
    ],
)
def test_what_is_not_there_is_refused(shop: Service, changes: dict[str, str], message: str, reason: str) -> None:
    with pytest.raises(Failure, match=message) as caught:
        content(with_build(shop, **changes))
    assert reason in caught.value.reason
    assert caught.value.next_step


def test_a_link_goes_along_as_it_is_wherever_it_leads(shop: Service) -> None:
    (shop.folder / "out").symlink_to("../../elsewhere")
    assert "out" in sent(content(shop))
    (warning,) = content_hash.check([shop])
    assert "as the link that it is, to ../../elsewhere" in warning


@pytest.fixture
def images() -> Iterator[Callable[[], str]]:
    """Names for images, removed behind the test."""
    names: list[str] = []

    def name() -> str:
        names.append(f"storyizer-test/own-context:{secrets.token_hex(6)}")
        return names[-1]

    yield name
    subprocess.run(["docker", "image", "rm", "--force", *names], capture_output=True, check=False)


def docker_build(*arguments: str) -> None:
    """`docker build`, again if another test's build that failed has taken a layer away from it."""
    for again in (True, False):
        done = subprocess.run(
            ["docker", "build", "--quiet", *arguments], env=build.builder_environment(), capture_output=True, text=True
        )
        if done.returncode == 0:
            return
        assert again and build.lost_a_layer(done.stderr.splitlines()), done.stderr


def files(reference: str) -> set[str]:
    """The files and links of an image of one layer."""
    saved = subprocess.run(["docker", "save", reference], capture_output=True, check=True).stdout
    found = set()
    with tarfile.open(fileobj=io.BytesIO(saved)) as image:
        for layer in (member for member in image if member.name.endswith("layer.tar")):
            with tarfile.open(fileobj=image.extractfile(layer)) as tar:
                found |= {file.name for file in tar if not file.isdir()}
    return found


# Each a .dockerignore, the Dockerfile's place and the context's, from the service's folder.
SAME = (
    ("", "Dockerfile", "."),
    ("node_modules\n**/*.md\n!README.md\n", "Dockerfile", "."),
    ("Dockerfile\n.dockerignore\n", "Dockerfile", "."),
    ("*\n!src\nsrc/deep\n", "Dockerfile", "."),
    ("", "../Containerfile", "."),
    ("app.js\n", "../Containerfile", "."),
    (".dockerignore\n", "../Containerfile", "."),
    ("a.js\n", "../Containerfile", "src"),
)


@pytest.mark.parametrize(("ignore", "dockerfile", "context"), SAME)
def test_the_image_holds_the_files_that_docker_build_puts_in(
    shop: Service, container_engine: None, work: None, images: Callable[[], str], ignore: str, dockerfile: str,
    context: str,
) -> None:  # fmt: skip
    folder = shop.folder / context
    (shop.folder.parent / "Containerfile").write_text("FROM scratch\nCOPY . /\n")
    for name in ("README.md", "src/README.md"):
        (shop.folder / name).write_text(name)
    # The one thing that is left out by default, taken back.
    (folder / ".dockerignore").write_text(f"{ignore}{'!service.yaml' if not ignore.startswith('*') else ''}\n")
    theirs, ours = images(), images()
    made = content(with_build(shop, dockerfile=dockerfile, context=context))
    build.build(made, ours, base_reference="", platform=PLATFORM, labels={}, note=lambda line: None)
    docker_build("--tag", theirs, "--file", str(shop.folder / dockerfile), str(folder))
    assert files(ours) == files(theirs)
