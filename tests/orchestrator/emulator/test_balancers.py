"""Each environment in the emulated AWS is reached at an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.deploy import destroy
from orchestrator.emulator.server import balancers
from orchestrator.project import environment
from orchestrator.project.place import AWS, EMULATED
from orchestrator.system import paths


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Environments of a checkout: two in the emulated AWS beside `local`, one on AWS, one whose file cannot be read."""
    monkeypatch.setattr(paths, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "WORK", tmp_path / ".storyizer")
    accounts = {"local": "0" * 12, "green": "0" * 12, "blue": "0" * 12, "staging": "111111111111"}
    for name, account in accounts.items():
        text = f'environment = "{name}"\naccount_id = "{account}"\nregion = "us-east-1"\n'
        (tmp_path / f"{name}.tfvars").write_text(text)
    (tmp_path / "broken.tfvars").write_bytes(b'account_id = "000000000000" # \xff\n')
    balancers._names.cache_clear()
    yield tmp_path
    balancers._names.cache_clear()


def test_an_environment_without_an_account_is_on_this_machine(folder: Path) -> None:
    assert environment.emulated() == ["local", "blue", "green"]
    assert environment.load("blue").place is EMULATED
    assert environment.load("blue").cpu_architecture == environment.host_architecture()
    assert environment.load("staging").place is AWS


def test_each_has_an_address_and_behind_it_is_its_load_balancer(folder: Path) -> None:
    addresses = {name: balancers.address(name) for name in ("local", "blue", "green", "staging")}
    assert addresses == {"local": "127.0.0.1", "blue": "127.0.0.2", "green": "127.0.0.3", "staging": None}
    assert balancers.name("127.0.0.1") == "storyizer-local"
    assert balancers.name("127.0.0.3") == "storyizer-green"
    assert balancers.name("127.0.0.5") == ""


def test_there_are_as_many_environments_as_addresses(folder: Path) -> None:
    for number in range(len(balancers.ADDRESSES)):
        (folder / f"more{number}.tfvars").write_text('account_id = "000000000000"\n')
    assert balancers.address("green") is not None
    assert balancers.address(f"more{len(balancers.ADDRESSES) - 1}") is None


def test_the_emulated_aws_stays_while_another_environment_is_in_it(folder: Path) -> None:
    local = environment.load("local")
    assert destroy.neighbours(local) == []
    (paths.WORK / "local" / "terraform-environment").mkdir(parents=True)
    (paths.WORK / "staging" / "terraform-environment").mkdir(parents=True)
    assert destroy.neighbours(local) == []
    assert destroy.neighbours(environment.load("blue")) == ["local"]
    (paths.WORK / "blue" / "terraform-environment").mkdir(parents=True)
    assert destroy.neighbours(local) == ["blue"]
