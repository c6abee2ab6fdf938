"""Terraform's arguments as python-terraform builds them, and its errors as the person reads them."""

from __future__ import annotations

import json
import os
import shlex
import stat
import time
from pathlib import Path

import pytest

from orchestrator.aws import state_lock
from orchestrator.aws.session import Aws
from orchestrator.project import environment
from orchestrator.terraform import failures, runner
from orchestrator.terraform.runner import FLAG, Root

LOCK = """Error message: operation error S3: PutObject, StatusCode: 412, PreconditionFailed
Lock Info:
  ID:        6f1b0c2e-aaaa-bbbb-cccc-1234567890ab
  Path:      bucket/local/terraform.tfstate
  Operation: OperationTypeApply
  Who:       kim@laptop
  Version:   1.11.4
  Created:   2026-11-22 10:00:00.123 +0000 UTC
  Info:
"""


@pytest.fixture
def root(tmp_path: Path) -> Root:
    folder = tmp_path / "terraform" / "environment"
    folder.mkdir(parents=True)
    return Root(folder, tmp_path / "work" / "data", {"PATH": "/usr/bin"})


def test_arguments_are_what_terraform_wants(root: Root) -> None:
    built = root._arguments(
        "plan", input=False, json=FLAG, out="/tmp/a plan", var_file=["/a b/x.tfvars", "/y.json"],
        detailed_exitcode=FLAG, destroy=None,
    )  # fmt: skip
    assert built[1:] == [
        "plan", "-input=false", "-json", "-out=/tmp/a plan", "-var-file=/a b/x.tfvars", "-var-file=/y.json",
        "-detailed-exitcode",
    ]  # fmt: skip
    assert root._arguments("apply", "/tmp/plan", input=False)[1:] == ["apply", "-input=false", "/tmp/plan"]
    backend = root._arguments("init", backend_config={"bucket": "b", "key": "k"}, reconfigure=FLAG)
    assert backend[1:] == ["init", "-backend-config=bucket=b", "-backend-config=key=k", "-reconfigure"]


def test_a_locked_state_is_told_with_who_since_when_and_how_to_release_it(root: Root) -> None:
    errors = [{"severity": "error", "summary": "Error acquiring the state lock", "detail": LOCK}]
    failure = failures.explain("plan", root, errors, "")
    assert failure.exit_code == 1
    assert "locked by kim@laptop" in failure.message
    assert "2026-11-22 10:00:00.123 +0000 UTC, for OperationTypeApply" in failure.reason
    assert "force-unlock 6f1b0c2e-aaaa-bbbb-cccc-1234567890ab" in failure.next_step


def test_an_error_is_told_without_its_frame_and_colours() -> None:
    said = "\x1b[31m╷\x1b[0m\n\x1b[31m│\x1b[0m \x1b[1mError: \x1b[0mno\n│ \n│   on main.tf\n╵\n"
    assert failures.plain_error(said) == "Error: no\non main.tf"
    (error,) = failures.from_text(said)
    assert (error["summary"], error["detail"].strip()) == ("no", "on main.tf")


def test_the_command_that_releases_a_lock_is_for_this_state_and_for_any_shell(root: Root) -> None:
    error = {"summary": "Error acquiring the state lock", "detail": LOCK}
    said = failures.explain("plan", root, [error], "").next_step.splitlines()[-1]
    assert shlex.split(said) == [
        f"TF_DATA_DIR={root.data}", "terraform", f"-chdir={root.folder}", "force-unlock",
        "6f1b0c2e-aaaa-bbbb-cccc-1234567890ab",
    ]  # fmt: skip
    emulator = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "test", "AWS_REGION": "us-east-1"}
    local = Root(root.folder, Path("/a copy/data"), {"PATH": "/usr/bin", **emulator})
    said = failures.explain("plan", local, [error], "").next_step.splitlines()[-1]
    assert said.startswith("TF_DATA_DIR='/a copy/data' AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ACCESS_KEY_ID=test ")


@pytest.mark.parametrize(
    "detail",
    [
        "Error message: operation error S3: PutObject, StatusCode: 403, AccessDenied: not you",
        "Error message: operation error S3: PutObject, StatusCode: 400, ExpiredToken: log in\nLock Info:\n  ID:\n",
    ],
)
def test_a_lock_that_could_not_be_asked_for_is_no_lock_of_another_run(root: Root, detail: str) -> None:
    failure = failures.explain("plan", root, [{"summary": "Error acquiring the state lock", "detail": detail}], "")
    assert failure.message == "terraform plan failed in terraform/environment"
    assert "StatusCode: 40" in failure.reason
    assert "force-unlock" not in failure.next_step


def test_a_lock_that_could_not_be_given_back_does_not_hide_what_failed(root: Root) -> None:
    errors = [
        {"summary": "Error releasing the state lock", "detail": "Error message: no route\n" + LOCK},
        {"summary": "creating ELBv2 Load Balancer", "detail": "quota", "address": "aws_lb.this"},
    ]
    failure = failures.explain("apply", root, errors, "")
    first, second = failure.reason.splitlines()
    assert first == "aws_lb.this: creating ELBv2 Load Balancer: quota"
    assert second.startswith("Error releasing the state lock: Error message: no route")


def test_an_error_is_told_with_its_address_and_place(root: Root) -> None:
    error = {
        "severity": "error",
        "summary": "Invalid value",
        "detail": "It is\n  wrong.",
        "address": "module.a.aws_lb.this",
        "range": {"filename": "main.tf", "start": {"line": 7}},
    }
    failure = failures.explain("apply", root, [error, error], "")
    assert failure.reason == "module.a.aws_lb.this: Invalid value (main.tf:7): It is wrong."
    assert "continues from the state" in failure.next_step


def test_an_apply_that_no_up_goes_on_with_is_told_with_the_command_that_does(root: Root) -> None:
    root.rest = "plan what is left: python3 orchestrate.py plan staging"
    broken = {"summary": "creating ELBv2 Load Balancer", "detail": "quota", "address": "aws_lb.this"}
    assert failures.explain("apply", root, [broken], "").next_step == root.rest
    assert failures.explain("apply", root, [], "It was ended from outside, by SIGKILL.").next_step == root.rest
    expired = {
        "summary": "creating ELBv2 Load Balancer",
        "detail": "StatusCode: 403, api error ExpiredToken: it is over",
    }
    first, second = failures.explain("apply", root, [expired], "").next_step.splitlines()
    assert first.startswith("renew the credentials") and second == f"then {root.rest}"
    there = {"summary": "creating ECR Repository (x)", "detail": "RepositoryAlreadyExistsException"}
    lines = failures.explain("apply", root, [there], "").next_step.splitlines()
    assert lines[-1] == f"Then {root.rest}" and not any("same command" in line for line in lines)
    assert root.rest not in failures.explain("plan", root, [broken], "").next_step


def test_an_error_without_diagnostics_is_told_from_standard_error(root: Root) -> None:
    stderr = "\n╷\n│ Error: Invalid provider\n│ \n│ It is not there.\n╵\n"
    assert failures.explain("plan", root, [], stderr).reason == "Error: Invalid provider\nIt is not there."


def test_variables_are_written_for_this_user_only(tmp_path: Path) -> None:
    file = runner.write_variables(tmp_path / "deep" / "x.tfvars.json", {"images": {"words": "a"}})
    assert json.loads(file.read_text()) == {"images": {"words": "a"}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [item.name for item in file.parent.iterdir()] == ["x.tfvars.json"]


def test_init_is_needed_again_when_a_file_or_the_backend_changes(root: Root) -> None:
    backend = {"bucket": "b"}
    (root.folder / ".terraform.lock.hcl").write_text("")
    (root.folder / "main.tf").write_text("# one\n")
    assert not root.initialised(backend)
    root.data.mkdir(parents=True)
    (root.data / "initialised").write_text(root._fingerprint(backend))
    assert root.initialised(backend)
    assert not root.initialised({"bucket": "c"})
    (root.folder / "main.tf").write_text("# two\n")
    assert not root.initialised(backend)


def test_init_is_needed_again_when_the_provider_is_gone_from_where_its_link_leads(root: Root, tmp_path: Path) -> None:
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n}\n'
    (root.folder / ".terraform.lock.hcl").write_text(lock)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "terraform-provider-aws_v5.100.0_x5").write_text("")
    link = root.data / "providers" / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0" / "linux_amd64"
    link.parent.mkdir(parents=True)
    (root.data / "initialised").write_text(root._fingerprint({}))
    assert not root.initialised({})
    link.symlink_to(mirror)
    assert root.initialised({})
    (mirror / "terraform-provider-aws_v5.100.0_x5").unlink()
    assert not root.initialised({})
    mirror.rmdir()
    assert not root.initialised({})


def test_an_emulated_aws_that_has_ended_is_named_as_the_cause(root: Root) -> None:
    error = {"summary": "error loading state", "detail": 'Get "http://127.0.0.1:1/": connect: connection refused'}
    local = Root(root.folder, root.data, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert "the emulated AWS has ended meanwhile" in failures.explain("apply", local, [error], "").next_step
    assert "emulated" not in failures.explain("apply", root, [error], "").next_step


def test_a_lock_that_is_taken_before_its_terraform_is_written_down_is_its_own(root: Root) -> None:
    """On a busy machine it may be running for a while before this program goes on."""
    write_down = root._started()
    taken = time.time()
    write_down(os.getpid())
    last = state_lock.recorded(root._last)
    assert last is not None and last.took(taken)


def test_a_lock_that_cannot_be_read_is_named_with_its_place(root: Root) -> None:
    detail = "operation error S3: PutObject, api error PreconditionFailed: x\nfailed to unmarshal JSON data"
    root.lock = state_lock.Lock(Aws(environment.load("staging"), None, {}), "staging/terraform.tfstate")
    error = {"summary": "Error acquiring the state lock", "detail": detail}
    failure = failures.explain("plan", root, [error], "")
    place = f"{environment.load('staging').state_bucket}/staging/terraform.tfstate.tflock"
    assert failure.next_step.endswith(f"delete s3://{place}")


def test_a_terraform_that_was_killed_is_told_as_that(root: Root) -> None:
    failure = failures.explain("apply", root, [], failures.ended_by(-9))
    assert failure.reason == "It was ended from outside, by SIGKILL."
    assert "run `up` again" in failure.next_step
    assert failures.ended_by(1) == ""


@pytest.mark.parametrize(
    ("address", "summary", "detail", "arguments"),
    [
        (
            'module.service["words"].aws_cloudwatch_log_group.this',
            "creating CloudWatch Logs Log Group (/ecs/storyizer-staging/words): operation error CloudWatch Logs",
            "ResourceAlreadyExistsException: The specified log group already exists",
            """'module.service["words"].aws_cloudwatch_log_group.this' /ecs/storyizer-staging/words""",
        ),
        (
            "module.ecs.aws_iam_role.this[0]",
            "creating IAM Role (words-task): operation error IAM: CreateRole, EntityAlreadyExists",
            "",
            "'module.ecs.aws_iam_role.this[0]' words-task",
        ),
        (
            "aws_dynamodb_table.this",
            "creating AWS DynamoDB Table (stories): operation error DynamoDB: CreateTable",
            "ResourceInUseException: Table already exists: stories",
            "aws_dynamodb_table.this stories",
        ),
        (
            'module.service["words"].aws_ecs_service.this',
            "creating ECS Service (words): operation error ECS: CreateService",
            "InvalidParameterException: Creation of service was not idempotent.",
            """'module.service["words"].aws_ecs_service.this' storyizer-staging/words""",
        ),
        (
            "aws_lb.this",
            "ELBv2 Load Balancer (storyizer-staging) already exists",
            "",
            "aws_lb.this $(aws elbv2 describe-load-balancers --region us-east-1 --names storyizer-staging "
            "--query 'LoadBalancers[0].LoadBalancerArn' --output text)",
        ),
        (
            "aws_sfn_state_machine.this",
            "creating Step Functions State Machine (nightly): StateMachineAlreadyExists",
            "",
            "aws_sfn_state_machine.this arn:aws:states:us-east-1:111111111111:stateMachine:nightly",
        ),
        ("aws_x.this", "creating X (y): already exists", "", "aws_x.this ID"),
        ("aws_iam_role.this", "creating IAM Role: already exists", "", "aws_iam_role.this ID"),
    ],
)
def test_what_exists_already_is_told_with_the_command_that_takes_it_over(
    root: Root, address: str, summary: str, detail: str, arguments: str
) -> None:
    root.var_files = (Path("/a b/staging.tfvars"), Path("/x.json"))
    root.lock = state_lock.Lock(Aws(environment.load("staging"), None, {}), "staging/terraform.tfstate")
    error = {"severity": "error", "summary": summary, "detail": detail, "address": address}
    said = failures.explain("apply", root, [error], "").next_step.splitlines()
    assert said[-2:] == [
        f"take_over() {{ TF_DATA_DIR={root.data} terraform -chdir={root.folder} import '-var-file=/a b/staging.tfvars' "
        '-var-file=/x.json "$@"; }',
        f"take_over {arguments}",
    ]
    assert "import" not in failures.explain("plan", root, [error], "").next_step


def test_the_errors_of_a_command_without_events_are_told_apart() -> None:
    lock = (
        "╷\n│ Error: Error acquiring the state lock\n│ \n"
        + "".join(f"│ {line}\n" for line in LOCK.splitlines())
        + "╵\n"
    )
    first, second = failures.from_text(f"{lock}╷\n│ Error: Another\n│ \n│ It is.\n╵\n")
    assert failures.is_locked(first)
    assert failures.lock_holder(first)["ID"] == "6f1b0c2e-aaaa-bbbb-cccc-1234567890ab"
    assert (second["summary"], second["detail"].strip()) == ("Another", "It is.")
