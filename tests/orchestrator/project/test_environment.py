"""Environments are files; what Python reads of them, and how a wrong one is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import boto3
import pytest

from orchestrator.aws import session
from orchestrator.errors import Failure
from orchestrator.project import environment
from orchestrator.project.place import EMULATED
from orchestrator.system import paths


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def test_the_projects_own_environments_load() -> None:
    assert environment.known() == ["local", "production", "staging"]
    for name in environment.known():
        loaded = environment.load(name)
        assert loaded.state_bucket == f"storyizer-tfstate-{loaded.account_id}-{loaded.region}"
        assert loaded.prefix == f"storyizer-{name}"
    assert environment.load("local").place is EMULATED
    assert environment.load("production").is_production


def test_the_project_s_name_is_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "TERRAFORM", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "project.tfvars").write_text('# ours\nproject = "shop" # since 2026\n')
    assert environment.project.__wrapped__() == "shop"


def test_nothing_in_a_checkout_is_a_link() -> None:
    """Git on Windows, a patch and some archives make a text file of one, and Terraform reads that."""
    done = subprocess.run(["git", "ls-files", "-s"], cwd=paths.ROOT, text=True, capture_output=True, check=True)
    assert [line for line in done.stdout.splitlines() if line.startswith("120000")] == []
    assert "100644" in done.stdout


@pytest.mark.parametrize("text", [None, "", "project = var.name\n", 'project = "Shop"\n', 'project = "a"\n'])
def test_a_project_without_a_name_that_fits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setattr(paths, "TERRAFORM", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    if text is not None:
        (tmp_path / "project.tfvars").write_text(text)
    with pytest.raises(Failure) as refused:
        environment.project.__wrapped__()
    assert refused.value.message == "project.tfvars does not name the project"
    assert "2 to 12 lower-case letters" in refused.value.next_step


def test_an_environment_s_file_is_read(folder: Path) -> None:
    text = '# who\naccount_id = "123456789012" # ours\nregion="eu-west-1"\ncpu_architecture = "ARM64"\n'
    (folder / "blue.tfvars").write_text('environment = "blue"\n' + text)
    loaded = environment.load("blue")
    assert (loaded.account_id, loaded.region, loaded.cpu_architecture) == ("123456789012", "eu-west-1", "ARM64")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("", []),
        ("ec2 = {}\n", ["ec2"]),
        ("ec2 = null\n", []),
        ('ec2 = {\n  min = 1\n}\nexternal = { expires_at = "2027-01-31T12:00:00Z" }\n', ["ec2", "external"]),
        ('ec2 = { ami_id = "${var.x}" }\n', ["ec2"]),
        ("# ec2 = {}\n", []),
    ],
)
def test_an_environment_has_the_capacity_that_its_file_describes(folder: Path, text: str, own: list[str]) -> None:
    head = 'environment = "blue"\naccount_id = "123456789012"\nregion = "eu-west-1"\n'
    (folder / "blue.tfvars").write_text(head + text)
    assert environment.capacities(environment.load("blue")) == ["fargate", "fargate_spot", *own]


def test_only_top_level_literals_are_read() -> None:
    text = 'a = "1"\n  b = "2"\nc = { d = "3" }\ne = "${f}"\ng = 4\n'
    assert environment.literals(text) == {"a": "1"}


def test_an_unknown_environment_is_wrong_usage(folder: Path) -> None:
    (folder / "blue.tfvars").write_text("")
    with pytest.raises(Failure, match="no environment 'green'") as caught:
        environment.load("green")
    assert caught.value.exit_code == 64
    assert "blue" in caught.value.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no account_id and no region"),
        ('region = "eu-west-1"', "no account_id"),
        ('account_id = "12"\nregion = "eu-west-1"', "account_id '12', not 12 digits"),
        ('account_id = "123456789012"\nregion = "FILL-IN"', "region 'FILL-IN', which is none"),
        ('account_id = "123456789012"\nregion = "eu-west-1a"', "region 'eu-west-1a', which is none"),
    ],
)
def test_a_file_without_account_or_region_is_told(folder: Path, text: str, told: str) -> None:
    (folder / "blue.tfvars").write_text(text)
    with pytest.raises(Failure) as caught:
        environment.load("blue")
    assert f"blue.tfvars has {told}" in caught.value.message


def test_every_region_of_a_partition_with_names_of_its_own_is_refused_and_no_other(folder: Path) -> None:
    """As botocore knows them; the name of a region alone says it, before anything is asked of AWS."""
    session, accepted = boto3.Session(), {"aws", "aws-us-gov"}
    partitions = session.get_available_partitions()
    assert accepted < set(partitions)
    for partition in partitions:
        for region in session.get_available_regions("ecs", partition) or session.get_available_regions("s3", partition):
            (folder / "blue.tfvars").write_text(
                f'environment = "blue"\naccount_id = "123456789012"\nregion = "{region}"\n'
            )
            if partition in accepted:
                assert environment.load("blue").region == region
            else:
                with pytest.raises(Failure, match=f"has region '{region}', which is in "):
                    environment.load("blue")


PLACE = 'account_id = "123456789012"\nregion = "eu-west-1"\n'


@pytest.mark.parametrize(
    ("line", "told"),
    [('environment = "staging"\n', 'blue.tfvars says environment = "staging"'), ("", "blue.tfvars has no line")],
)
def test_a_copied_file_that_still_names_the_other_environment_is_refused(folder: Path, line: str, told: str) -> None:
    (folder / "blue.tfvars").write_text(line + PLACE)
    with pytest.raises(Failure) as caught:
        environment.load("blue")
    assert told in caught.value.message
    assert "'blue'" in caught.value.reason
    assert 'environment = "blue"' in caught.value.next_step


@pytest.mark.parametrize("name", ["registry", "images"])
def test_an_environment_cannot_have_the_name_of_something_else_in_the_bucket(folder: Path, name: str) -> None:
    (folder / f"{name}.tfvars").write_text(f'environment = "{name}"\n' + PLACE)
    with pytest.raises(Failure, match=f"cannot be called '{name}'") as caught:
        environment.load(name)
    assert f"rename {name}.tfvars" in caught.value.next_step


def test_who_copies_an_environment_is_told_to_change_its_name_too(folder: Path) -> None:
    with pytest.raises(Failure) as caught:
        environment.load("green")
    assert "environment = ..." in caught.value.next_step


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS"])
def test_a_redirected_endpoint_is_refused_on_aws(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(Failure) as caught:
        session.refuse_redirected_endpoints(environment.load("staging"))
    assert caught.value.exit_code == 5
    assert caught.value.message == f"{name} is set, and staging is on AWS"
    assert caught.value.next_step == f"unset {name}"


def test_an_empty_endpoint_variable_redirects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    session.refuse_redirected_endpoints(environment.load("staging"))


BLUE = 'environment = "blue"\naccount_id = "123456789012"\nregion = "eu-west-1"\n'


@pytest.mark.parametrize(
    ("line", "webhook", "command"),
    [
        ("", "", ()),
        ('notify_webhook = "https://hooks.example.com/T0/secret"', "https://hooks.example.com/T0/secret", ()),
        ('notify_webhook = "$DEPLOY_HOOK"', "$DEPLOY_HOOK", ()),
        ("notify_webhook = null\nnotify_command = null", "", ()),
        ('notify_command = ["sh", "-c", "[ -f x ] && cat"]', "", ("sh", "-c", "[ -f x ] && cat")),
        ("notify_command = \"./tell.sh 'two words'\"", "", ("./tell.sh", "two words")),
    ],
)
def test_who_hears_of_deploys_is_read(folder: Path, line: str, webhook: str, command: tuple[str, ...]) -> None:
    (folder / "blue.tfvars").write_text(f"{BLUE}{line}\n")
    loaded = environment.load("blue")
    assert (loaded.notify_webhook, loaded.notify_command) == (webhook, command)


@pytest.mark.parametrize(
    "line",
    [
        'notify_webhook = "ftp://example.com"', 'notify_webhook = "https://"', "notify_webhook = 5",
        'notify_webhook = ""', 'notify_webhook = "$"', 'notify_webhook = "${upper(x)}"', 'notify_webhook = ["https://a"]',
        "notify_command = []", 'notify_command = ""', 'notify_command = "\'open"', "notify_command = [1]",
        "notify_command = 5", 'notify_command = [""]', "notify_command = {}",
        'notify_webhook = "https://example.com/a b"',
    ],
)  # fmt: skip
def test_a_hook_that_cannot_be_used_is_reported_before_anything_begins(folder: Path, line: str) -> None:
    (folder / "blue.tfvars").write_text(f"{BLUE}{line}\n")
    with pytest.raises(Failure, match=r"blue\.tfvars: notify_\w+ cannot be used") as caught:
        environment.load("blue")
    assert "notify_webhook = " in caught.value.next_step


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("prod", ""),
        ("a", ""),
        ("local", "emulated"),
        ("images", "state bucket"),
        ("Prod", "a-z"),
        ("x" * 16, "1 to 15"),
    ],
)
def test_a_name_that_no_environment_can_have_has_a_reason(name: str, said: str) -> None:
    assert said in environment.why_unusable(name)
    assert bool(environment.why_unusable(name)) is bool(said)


def test_a_command_names_every_environment_but_the_one_that_is_meant_anyway() -> None:
    assert environment.load("local").command("up") == "python3 orchestrate.py up"
    assert environment.load("staging").command("up") == "python3 orchestrate.py up staging"
