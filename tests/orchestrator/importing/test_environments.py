"""Environments of an application: their tfvars files, and what is refused until it is filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import Failure
from orchestrator.importing.report import Outcome
from orchestrator.project import environment, tfvars_text
from orchestrator.system import paths
from tests.orchestrator.importing.applications import WEB, imported, row
from tests.orchestrator.importing.make import EXPECTED

CERTIFICATE = "http: {public: {certificates: ['arn:aws:acm:eu-west-2:123456789012:certificate/a']}}\n"
ENVIRONMENT = "name: test\ntype: Environment\n"


def values(folder: Path, name: str = "test") -> dict[str, object]:
    return tfvars_text.values((folder / "terraform" / "environments" / f"{name}.tfvars").read_text())


def test_account_and_region_are_those_of_its_certificate(tmp_path: Path) -> None:
    files = {"api/manifest.yml": WEB, "environments/test/manifest.yml": ENVIRONMENT + CERTIFICATE}
    imported(tmp_path, files)
    found = values(tmp_path)
    assert (found["account_id"], found["region"]) == ("123456789012", "eu-west-2")
    assert found["availability_zones"] == ["eu-west-2a", "eu-west-2b"]


def test_an_environment_without_account_is_refused_until_it_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(tmp_path, {"api/manifest.yml": WEB, "environments/test/manifest.yml": ENVIRONMENT})
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "ENVIRONMENTS", tmp_path / "terraform" / "environments")
    file = tmp_path / "terraform" / "environments" / "test.tfvars"
    for place, said in (("account_id", "'FILL-IN', not 12 digits"), ("region", "'FILL-IN', which is none")):
        with pytest.raises(Failure) as caught:
            environment.load("test")
        assert caught.value.message == f"terraform/environments/test.tfvars has {place} {said}"
        filled = {"account_id": "123456789012", "region": "eu-west-1"}[place]
        lines = [
            line.replace("FILL-IN", filled) if line.startswith(place) else line for line in file.read_text().split("\n")
        ]
        file.write_text("\n".join(lines))
    assert environment.load("test").account_id == "123456789012"


def test_arns_that_disagree_say_nothing(tmp_path: Path) -> None:
    other = CERTIFICATE.replace("'arn", "'arn:aws:acm:us-east-1:999999999999:certificate/b', 'arn")
    imported(tmp_path, {"api/manifest.yml": WEB, "environments/test/manifest.yml": ENVIRONMENT + other})
    assert values(tmp_path)["account_id"] == "FILL-IN"


def test_a_certificate_is_set_together_with_the_name_that_it_is_for(tmp_path: Path) -> None:
    web = WEB.replace("{path: /}", "{path: /, alias: shop.example.com}")
    imported(tmp_path, {"api/manifest.yml": web, "environments/test/manifest.yml": ENVIRONMENT + CERTIFICATE})
    found = values(tmp_path)
    assert found["domain_name"] == "shop.example.com"
    assert found["certificate_arn"] == "arn:aws:acm:eu-west-2:123456789012:certificate/a"


def test_an_environment_that_is_known_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "terraform" / "environments" / "test.tfvars"
    file.parent.mkdir(parents=True)
    file.write_text('environment = "test"\n')
    web = f"{WEB}logging: {{retention: 30}}\n"
    report = imported(tmp_path, {"api/manifest.yml": web, "environments/test/manifest.yml": ENVIRONMENT})
    assert file.read_text() == 'environment = "test"\n'
    assert row(report, "logging.retention").outcome is Outcome.NONE
    assert "test.tfvars: is there already and left as it is, set log_retention_days = 30 in it" in row(
        report, "logging.retention"
    ).text  # fmt: skip


def test_services_that_disagree_are_named_and_the_longest_retention_counts(tmp_path: Path) -> None:
    long = f"{WEB}logging: {{retention: 90}}\nplatform: linux/arm64\n"
    short = WEB.replace("name: api", "name: web") + "logging: {retention: 7}\nplatform: linux/amd64\n"
    files = {"api/manifest.yml": long, "web/manifest.yml": short, "environments/test/manifest.yml": ENVIRONMENT}
    report = imported(tmp_path, files)
    assert values(tmp_path)["log_retention_days"] == 90
    assert "cpu_architecture" not in values(tmp_path)
    said = {(item.file, item.key[0]): item for item in report.rows if item.key}
    assert said["copilot/api/manifest.yml", "logging"].outcome is Outcome.CARRIED
    assert "90 counts, which another service asks for" in said["copilot/web/manifest.yml", "logging"].text
    assert "choose one cpu_architecture" in said["copilot/web/manifest.yml", "platform"].text


def test_files_elsewhere_keep_their_environments_to_themselves(tmp_path: Path) -> None:
    from orchestrator.importing import copilot

    imported(tmp_path, {"api/manifest.yml": WEB, "environments/test/manifest.yml": ENVIRONMENT}, dry_run=True)
    copilot.carry_out(tmp_path / "app", tmp_path / "elsewhere", dry_run=False, checkout=tmp_path)
    assert (tmp_path / "elsewhere" / "environments" / "test.tfvars").is_file()
    assert not (tmp_path / "terraform").exists()


@pytest.mark.parametrize("file", sorted(EXPECTED.rglob("*.tfvars")), ids=lambda file: f"{file.parts[-4]}-{file.stem}")
def test_terraform_knows_every_variable_that_is_set(file: Path) -> None:
    known = (paths.TERRAFORM / "environment").glob("*.tf")
    declared = "".join(item.read_text() for item in known)
    for name in tfvars_text.assigned(file.read_text()):
        assert f'variable "{name}"' in declared
