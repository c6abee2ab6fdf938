"""What is said of a checkout before anything is begun, and the commit that a release is of."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.ci import stage as ci
from orchestrator.console import Console
from orchestrator.errors import ExitCode, Failure
from orchestrator.images import build, checkout, content_hash
from orchestrator.project import commit, environment, manifest
from orchestrator.system import paths

LOCAL = environment.load("local")


@pytest.fixture
def root(tmp_path: Path, program: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the services and Terraform's files, all of it committed."""
    executable = program("git")
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", ".terraform")
    shutil.copytree(paths.SERVICES, folder / "services", ignore=ignored)
    shutil.copytree(paths.TERRAFORM, folder / "terraform", ignore=ignored)
    (folder / ".gitignore").write_text("__pycache__/\n*.log\n")
    for name, place in {"ROOT": "", "SERVICES": "services", "TERRAFORM": "terraform"}.items():
        monkeypatch.setattr(paths, name, folder / place)
    # What they are by default was decided when the modules were read.
    for function in (manifest.load, content_hash.left_out, content_hash.check, content_hash.content):
        defaults = (folder / "services",) if function.__defaults__ else None
        monkeypatch.setattr(function, "__defaults__", defaults)
        if "services" in (function.__kwdefaults__ or {}):
            monkeypatch.setattr(function, "__kwdefaults__", {"services": folder / "services"})
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "first"]):
        subprocess.run([executable, *who, *command], cwd=folder, check=True)
    return folder


def words(root: Path, name: str) -> Path:
    file = root / "services" / "words" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def test_a_checkout_as_it_was_committed_is_clean_and_said_nothing_of(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {service.name for service in checkout.services(LOCAL, Console())} >= {"save", "website", "words"}
    assert capsys.readouterr().err == ""
    found = checkout.head()
    assert (len(found.name), found.dirty) == (40, False)
    assert found.short == found.name[:12]


@pytest.mark.parametrize(
    ("change", "of_release", "of_image"),
    [
        (lambda root: words(root, "app/__main__.py").write_text("#\n"), True, True),
        (lambda root: words(root, "app/new.py").write_text("#\n"), True, True),
        (lambda root: words(root, "app/ignored.log").write_text("#\n"), True, True),
        (lambda root: words(root, "app/__pycache__/x.pyc").write_text("#\n"), False, False),
        (lambda root: words(root, ".dockerignore").write_text("nothing\n"), True, True),
        (lambda root: words(root, "service.yaml").write_text("paths: [/api/words]\ncount: 3\n"), True, False),
        (lambda root: (root / "terraform" / "environment" / "new.tf").write_text("#\n"), True, False),
        (lambda root: (root / "services" / "Dockerfile").write_text("FROM x\n"), True, True),
        (lambda root: (root / "services" / "servicekit" / "new.py").write_text("#\n"), True, True),
        (lambda root: (root / "services" / "save" / "app" / "new.py").write_text("#\n"), True, False),
        (lambda root: (root / "notes.txt").write_text("#\n"), False, False),
        (lambda root: (root / ".gitignore").write_text("#\n"), True, False),
    ],
    ids=[
        "edit", "new", "ignored", "bytecode", "ignore file", "manifest", "terraform", "dockerfile", "kit",
        "other service", "elsewhere", "tracked elsewhere",
    ],
)  # fmt: skip
def test_what_is_built_and_released_from_changed_files_says_so(
    root: Path, change: Callable[[Path], object], of_release: bool, of_image: bool
) -> None:
    change(root)
    (service,) = (item for item in manifest.load(root / "services") if item.name == "words")
    content = content_hash.content(
        service, base="", platform="linux/amd64", tools=build.TOOLS, beside=content_hash.Beside(root / "services")
    )
    assert checkout.head().dirty == of_release
    assert commit.of(content.sources, build.counts(content)).endswith("-dirty") == of_image


def test_a_file_that_the_ignore_file_names_does_not_count(root: Path) -> None:
    words(root, ".dockerignore").write_text("secrets.env\n")
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    subprocess.run(["git", *who, "commit", "--quiet", "--message", "second"], cwd=root, check=True)
    words(root, "secrets.env").write_text("x")
    assert not checkout.head().dirty


def test_an_unknown_commit_is_a_warning_with_gits_reason(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    checkout.services(LOCAL, Console())
    said = capsys.readouterr().err
    assert (
        f"warning: the commit is not known, and is not recorded: detected dubious ownership in repository at '{root}'"
        in said
    )
    assert "safe.directory" in said
    with pytest.raises(Failure) as caught:
        ci.commit(None)
    assert "detected dubious ownership" in caught.value.reason
    assert caught.value.exit_code == ExitCode.USAGE


def test_without_a_repository_nothing_is_warned_of(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(root / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    checkout.services(LOCAL, Console())
    assert capsys.readouterr().err == ""
    assert checkout.head().short == ""


def test_a_link_that_may_lead_nowhere_is_a_warning(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words(root, "app/settings").symlink_to("/run/settings")
    checkout.services(LOCAL, Console())
    assert "warning: services/words/app/settings goes into the image as the link that it is" in capsys.readouterr().err


def test_a_package_that_is_not_locked_is_told_before_anything_is_begun(root: Path) -> None:
    words(root, "requirements.in").write_text("-r ../servicekit/requirements.in\nrequests\n")
    with pytest.raises(Failure) as caught:
        checkout.services(LOCAL, Console())
    assert caught.value.reason == "services/words/requirements.in:2: requests is not in requirements.txt"
