"""Which repositories are kept, and that none is deleted before the environment is proven without it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws import ecr, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.prepare import prepare, repositories
from orchestrator.prepare.prepare import Prepared
from orchestrator.project import manifest
from orchestrator.project.manifest import Service
from orchestrator.project.schema.containers import Port
from orchestrator.releases import releases
from orchestrator.releases.releases import Release
from orchestrator.system import paths
from orchestrator.target import Target

BOTH = {"words", "verbs"}


def test_the_repository_of_a_service_that_is_gone_is_kept() -> None:
    assert repositories.kept({"repositories": ["verbs", "words"]}, BOTH, {"words"}) == {"verbs"}
    assert repositories.kept({"repositories": ["words"]}, {"words"}, BOTH) == set()


def test_before_the_first_record_every_repository_that_is_there_is_kept() -> None:
    assert repositories.kept({}, BOTH, {"words"}) == {"verbs"}
    assert repositories.kept({"fingerprint": "of an earlier version"}, BOTH, {"words"}) == {"verbs"}


def test_a_repository_that_terraform_did_not_make_is_left_alone() -> None:
    assert repositories.kept({"repositories": ["words"]}, {"words", "by-hand"}, {"words"}) == set()


@pytest.mark.parametrize(
    ("port", "ports", "left"),
    [
        (8000, (9000,), {}),
        (8000, (9001,), {"shop": [9000]}),
        (8001, (), {"shop": [8000, 9000]}),
        # They change places: both stay open.
        (9000, (8000,), {}),
    ],
)
def test_ports_that_a_service_leaves_stay_open(port: int, ports: tuple[int, ...], left: dict[str, list[int]]) -> None:
    further = {number: Port(paths=(f"/{number}",)) for number in ports}
    services = [Service("shop", Path(), ("/shop",), port=port, ports=further), Service("new", Path(), ("/new",))]
    last = Release(
        1, "2026-01-01T00:00:00Z", "anna", "c0ffee", {}, {},
        {"shop": "paths: [/shop]\nports: {9000: {paths: [/shop/admin]}}\n", "mailer": "kind: worker\n"},
    )  # fmt: skip
    before = releases.ports(last)
    assert before == {"shop": (8000, 9000), "mailer": ()}
    assert prepare.ports_left(before, services) == left


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two services and a work folder of its own."""
    folder = tmp_path / "a checkout"
    shutil.copytree(paths.TERRAFORM, folder / "terraform", ignore=shutil.ignore_patterns(".terraform", "tests"))
    for name in BOTH:
        (folder / "services" / name).mkdir(parents=True)
        (folder / "services" / name / "service.yaml").write_text(f"paths: [/api/{name}]\n")
    monkeypatch.setattr(paths, "TERRAFORM", folder / "terraform")
    monkeypatch.setattr(paths, "WORK", folder / ".storyizer")
    return folder


class Ups:
    """What `up` does with the registry, time after time."""

    def __init__(self, checkout: Path, aws: Aws) -> None:
        self.services, self.target, self.console = checkout / "services", Target(aws.environment, aws), Console(False)
        state.ensure_bucket(aws)

    def before_the_plan(self) -> Prepared:
        """The prepared environment; its `runs` say which Terraform runs there were."""
        runs: list[str] = []
        services = manifest.load(self.services)
        root = prepare.initialised_with_repositories(self.target, services, self.console, runs)
        return Prepared(self.target, services, [], root, None, runs)

    def after_the_proof(self, prepared: Prepared, released: Collection[str] = ()) -> list[str]:
        """The Terraform runs that come after the proof; `released` are services that a kept release runs."""
        before = len(prepared.runs)
        names = {service.name for service in prepared.services}
        repositories.release(prepared.target, names, self.console, prepared.runs, released)
        return prepared.runs[before:]

    @property
    def repositories(self) -> set[str]:
        """The services that have a repository."""
        return ecr.existing_repositories(self.target.aws)


@pytest.mark.parametrize("name", ["local", "staging"])
def test_a_repository_outlives_its_service_until_the_proof_and_on_aws_for_good(
    checkout: Path, emulated: Callable[..., Aws], name: str
) -> None:
    ups = Ups(checkout, emulated(name))
    first = ups.before_the_plan()
    assert first.runs == ["apply registry"]
    assert ups.after_the_proof(first) == []
    assert ups.repositories == BOTH

    shutil.rmtree(checkout / "services" / "verbs")
    shutil.rmtree(checkout / ".storyizer" / name / "terraform-registry")  # as on another machine
    second = ups.before_the_plan()
    assert second.runs == [], "nothing is done to the repositories before the plan"
    assert ups.repositories == BOTH
    assert ups.after_the_proof(second, released=BOTH) == [], "a release can be gone back to that runs it"
    assert ups.repositories == BOTH
    if name == "local":
        assert ups.after_the_proof(second) == ["apply registry"]
        assert ups.repositories == {"words"}
    else:
        assert ups.after_the_proof(second) == []
        assert ups.repositories == BOTH

    third = ups.before_the_plan()
    assert third.runs == ups.after_the_proof(third) == []

    # What is applied for another reason keeps it too.
    main = checkout / "terraform" / "registry" / "main.tf"
    main.write_text(main.read_text() + "\n# changed\n")
    before = ups.repositories
    assert ups.before_the_plan().runs == ["apply registry"]
    assert ups.repositories == before


def test_each_environment_of_an_account_keeps_the_other_s_repositories(
    checkout: Path, emulated: Callable[..., Aws]
) -> None:
    production = Ups(checkout, emulated("production"))
    production.before_the_plan()
    staging = Ups(checkout, production.target.aws)
    staging.target = replace(staging.target, environment=replace(staging.target.environment, name="staging"))
    shutil.rmtree(checkout / "services" / "verbs")
    (checkout / "services" / "nouns").mkdir()
    (checkout / "services" / "nouns" / "service.yaml").write_text("paths: [/api/nouns]\n")
    assert staging.before_the_plan().runs == ["apply registry"]
    assert staging.repositories == BOTH | {"nouns"}
    assert production.before_the_plan().runs == []
