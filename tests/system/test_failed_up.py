"""An `up` that cannot go well says why and what helps, and what was live serves on."""

from __future__ import annotations

import json
import os
import socket

import pytest

from tests.system.conftest import Clone
from tests.system.look import STATE_BUCKET
from tests.system.polling import wait_until

pytestmark = pytest.mark.system


@pytest.mark.long
def test_a_version_that_crashes_is_rolled_back_and_told(clone: Clone, story: str) -> None:
    serving = clone.images["words"]
    clone.edit("services/words/app/__main__.py", '"""', 'raise SystemExit("no lexicon today")\n"""')
    failed = clone.run("up", "--json", code=4)
    assert "the new version of words did not go live" in failed.stderr
    assert "serves" in failed.stderr
    assert "exited with 1" in failed.stderr
    assert "no lexicon today" in failed.stderr
    said = failed.json()
    assert (said["exit_code"], said["environment"]) == (4, "local")
    assert "the new version of words did not go live" in said["error"]["message"]
    assert any("no lexicon today" in line for line in said["error"]["details"])
    shown = clone.picture()
    for text in ("r1 serves", "exited with 1", "no lexicon today", "rollout"):
        assert text in shown
    # The old version serves, and Terraform's state is what runs.
    assert clone.get("/api/words?kind=noun").status == 200
    wait_until(lambda: set(clone.containers("words").values()) == {serving["uri"]})
    assert clone.plain_terraform_plan() == 0
    clone.edit("services/words/app/__main__.py", 'raise SystemExit("no lexicon today")\n"""', '"""')
    assert clone.up()["terraform_runs"] == ["plan environment"]


@pytest.mark.long
def test_a_version_that_never_becomes_healthy_is_rolled_back_and_told(clone: Clone, story: str) -> None:
    clone.edit("services/words/service.yaml", "health: /healthz", "health: /not-there")
    failed = clone.run("up", code=4)
    assert "answers /not-there at port 8000 with 404" in failed.stderr
    clone.edit("services/words/service.yaml", "health: /not-there", "health: /healthz")
    clone.up()
    assert clone.get("/api/words?kind=noun").status == 200


def test_a_dockerfile_that_fails_is_told_with_its_last_lines(clone: Clone, story: str) -> None:
    (clone.folder / "services" / "words" / "Dockerfile").write_text(
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo the lexicon is missing && exit 7\n"
    )
    failed = clone.run("up", code=1)
    assert "error: the image of words does not build" in failed.stderr
    assert "the lexicon is missing" in failed.stderr
    assert "next:  correct services/words/" in failed.stderr
    shown = clone.picture()
    for text in ("the image of words does not build", "the lexicon is missing", "build words"):
        assert text in shown
    assert clone.get("/api/words?kind=noun").status == 200


def test_a_wrong_manifest_stops_before_anything_is_begun(clone: Clone) -> None:
    clone.edit("services/words/service.yaml", "paths:", "pahts:")
    failed = clone.run("up", code=1)
    assert "services/words/service.yaml:" in failed.stderr
    assert "did you mean 'paths'?" in failed.stderr


def test_a_locked_state_is_told_and_left_alone(clone: Clone, story: str) -> None:
    s3 = clone.client("s3")
    lock = {
        "ID": "6f1b0c2e-1111-2222-3333-1234567890ab", "Operation": "OperationTypeApply", "Info": "",
        "Who": "kim@laptop", "Version": "1.11.4", "Created": "2026-11-22T10:00:00Z", "Path": "x",
    }  # fmt: skip
    place = {"Bucket": STATE_BUCKET, "Key": "local/terraform.tfstate.tflock"}
    s3.put_object(**place, Body=json.dumps(lock))
    failed = clone.run("up", code=1)
    assert "error: the state of terraform/environment is locked by kim@laptop" in failed.stderr
    assert "2026-11-22 10:00:00" in failed.stderr
    assert "force-unlock 6f1b0c2e-1111-2222-3333-1234567890ab" in failed.stderr
    assert s3.get_object(**place)
    s3.delete_object(**place)
    clone.up()


@pytest.mark.long
def test_two_runs_at_once_are_told_apart(clone: Clone, story: str) -> None:
    variables = clone.folder / "terraform/environments/local.tfvars"
    variables.write_text(f"{variables.read_text()}\n# changed, so that there is a plan to be made\n")
    first = clone.begin("up")
    first.wait_for("terraform plan")
    with first.held():
        second = clone.run("up", code=1)
    assert f"Process {first.process.pid} runs `up local`" in second.stderr
    first.end(0)


def test_the_credentials_of_another_account_are_refused(clone: Clone) -> None:
    from orchestrator.aws import session
    from orchestrator.errors import Failure
    from orchestrator.project import environment

    endpoint = clone.shell_environment()["AWS_ENDPOINT_URL"]
    staging = session.Aws(
        environment.load("staging"), endpoint, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    )
    with pytest.raises(Failure) as caught:
        session.check_account(staging)
    assert caught.value.exit_code == 5
    assert "the credentials are for account 000000000000, staging is in" in caught.value.message


@pytest.mark.long
def test_a_port_that_somebody_else_has_is_told(clone: Clone, story: str) -> None:
    clone.run("stop")
    port = int(clone.images["words"]["uri"].split("/")[0].split(":")[1])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        failed = clone.run("up", code=5)
    assert f"{port}" in failed.stderr
    assert f"process {os.getpid()}" in failed.stderr.lower()
    assert "STORYIZER_PORT=" in failed.stderr
    clone.up()
    assert story in clone.story_ids()
