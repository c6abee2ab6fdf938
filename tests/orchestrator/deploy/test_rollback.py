"""Going back on purpose, and promoting: what is refused before anything is begun, and what is said of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.aws import ecr
from orchestrator.aws.session import Aws
from orchestrator.deploy import promote, rollback
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import Environment
from orchestrator.releases.releases import Release
from orchestrator.target import Target

BLUE = Environment("blue", "123456789012", "eu-west-1", "X86_64", Path("blue.tfvars"))
GREEN = replace(BLUE, name="green", file=Path("green.tfvars"))


def release(images: dict[str, str] | None = None, commit: str = "0123456789ab") -> Release:
    uris = images if images is not None else {"words": "h/storyizer/words@sha256:a"}
    tags = {name: f"tag-{name}" for name in uris}
    return Release(7, "2026-11-28T10:00:00Z", "p", commit, uris, tags, dict.fromkeys(uris, "paths: [/]\n"))


@pytest.mark.parametrize(
    "host",
    [
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "127.0.0.1:4566",  # an emulated registry has no account in its name
    ],
)
def test_a_release_of_this_account_is_taken(host: str) -> None:
    rollback.refuse_other_registry(release({"words": f"{host}/storyizer/words@sha256:a"}), BLUE)


@pytest.mark.parametrize(
    "host",
    ["999999999999.dkr.ecr.eu-west-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1.amazonaws.com"],
)
def test_a_release_of_another_account_or_region_is_refused(host: str) -> None:
    with pytest.raises(Failure, match="r7 is of another account or region than blue") as caught:
        rollback.refuse_other_registry(release({"words": f"{host}/storyizer/words@sha256:a"}), BLUE)
    assert host[:12] in caught.value.reason
    assert caught.value.next_step


def test_images_that_are_gone_are_named(emulated: Callable[..., Aws]) -> None:
    aws = emulated()
    manifest = json.dumps({"schemaVersion": 2})
    aws.client("ecr").create_repository(repositoryName="storyizer/words")
    aws.client("ecr").put_image(repositoryName="storyizer/words", imageManifest=manifest, imageTag="x")
    there = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    gone = f"sha256:{'0' * 64}"
    target = Target(aws.environment, aws)
    assert rollback.missing_images(release({"words": ecr.uri(aws, "words", there)}), target) == {}
    # One whose repository is gone too.
    wanted = release({name: ecr.uri(aws, name, gone) for name in ("words", "verbs")})
    missing = rollback.missing_images(wanted, target)
    assert missing == {"verbs": gone, "words": gone}
    with pytest.raises(Failure, match="images of r7 are gone from the registry: verbs, words") as caught:
        rollback.refuse_missing(wanted, missing)
    assert caught.value.details == (f"verbs: {gone}", f"words: {gone}")
    assert "check out 0123456789ab" in caught.value.next_step
    rollback.refuse_missing(wanted, {})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (None, "they stay as terraform/ and blue.tfvars in this checkout say"),
        ((), "none of these settings has changed since r7"),
        (("environment/table.tf", "environments/blue.tfvars"), "environment/table.tf, environments/blue.tfvars"),
        (tuple(f"{number}.tf" for number in range(10)), "7.tf, 2 more"),
    ],
)
def test_what_a_release_does_not_take_back_is_said(changed: tuple[str, ...] | None, said: str) -> None:
    line = rollback.not_taken_back(release(), changed, "blue")
    assert said in line
    assert "\n" not in line


def test_only_what_the_environment_is_made_of_counts_as_a_setting() -> None:
    files = [
        "environment/table.tf", "environment/README.md", "environment/tests/environment.tftest.hcl", "review.toml",
        "environments/blue.tfvars", "environments/green.tfvars", "modules/alb/routes.tf", "pipeline/apply.tf",
    ]  # fmt: skip
    found = rollback.settings(files, BLUE)
    assert found == ["environment/table.tf", "modules/alb/routes.tf", "environments/blue.tfvars"]


@pytest.mark.parametrize(
    ("manifests", "tags", "said"),
    [
        ({"words": "paths: [/]\n"}, {"words": "tag-words"}, "changes no image"),
        ({"words": "paths: [/]\n"}, {"words": "other"}, "undoes this: it deploys words"),
        ({"words": "paths: [/a]\n"}, {"words": "tag-words"}, "undoes this: it deploys words"),
        (
            {"verbs": "paths: [/v]\n"},
            {"verbs": "tag"},
            "undoes this: it adds verbs and removes words",
        ),
        ({"words": "paths: [/]\n"}, None, "deploys what the checkout says, in place of r7"),
    ],
)
def test_what_the_next_up_would_do_is_one_line(
    manifests: dict[str, str], tags: dict[str, str] | None, said: str
) -> None:
    line = rollback.of_up("blue", release(), manifests, tags)
    assert said in line
    assert "\n" not in line


def test_an_environment_is_not_promoted_to_itself() -> None:
    with pytest.raises(Failure, match="blue cannot be promoted to itself") as caught:
        promote.refuse_itself(BLUE, BLUE)
    assert caught.value.exit_code == ExitCode.USAGE
    promote.refuse_itself(BLUE, GREEN)


def test_nothing_is_promoted_from_aws_to_where_no_aws_credentials_are_used() -> None:
    local = replace(BLUE, name="local")
    with pytest.raises(Failure, match="blue cannot be promoted to local") as caught:
        promote.refuse_without_credentials(BLUE, local)
    assert caught.value.exit_code == ExitCode.USAGE
    promote.refuse_without_credentials(local, BLUE)
    promote.refuse_without_credentials(BLUE, GREEN)


def test_images_of_another_architecture_are_not_promoted() -> None:
    with pytest.raises(Failure, match="the images of blue do not run in green") as caught:
        promote.refuse_other_architecture(BLUE, replace(GREEN, cpu_architecture="ARM64"))
    assert "ARM64" in caught.value.reason
    promote.refuse_other_architecture(BLUE, GREEN)


def test_an_environment_without_a_release_has_nothing_to_promote() -> None:
    with pytest.raises(Failure, match="blue has nothing proven to promote") as caught:
        promote.proven(None, BLUE)
    assert caught.value.next_step == "python3 orchestrate.py up blue"
    assert promote.proven(release(), BLUE).name == "r7"
