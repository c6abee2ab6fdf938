"""What Terraform would replace for its mark, and keeps once that is gone, as the AWS provider plans both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.emulator import emulator
from orchestrator.machine import providers
from orchestrator.review import comparison, kept
from orchestrator.review.model import Plan
from orchestrator.review.reading import reading
from orchestrator.system import paths

pytestmark = pytest.mark.usefixtures("container_engine", "shared")

LOCK = paths.ROOT / "terraform" / "environment" / ".terraform.lock.hcl"
MAIN = """
provider "aws" {}
locals { account = { id = "000000000000", region = "us-east-1", partition = "aws" } }
resource "aws_kms_key" "this" {
  description             = "Kept"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}
resource "aws_cloudwatch_log_group" "this" {
  name              = "/kept"
  retention_in_days = 7
}
module "table" {
  source              = "./modules/table"
  name                = "kept-stories"
  account             = local.account
  key                 = { partition = { name = "id", type = "text" } }
  indexes             = { latest = { partition = { name = "shard", type = "text" } } }
  expires             = "expires_at"
  kms_key_arn         = aws_kms_key.this.arn
  deletion_protection = false
  holds               = "stories"
}
module "bucket" {
  source              = "./modules/bucket"
  name                = "kept-parcels"
  account             = local.account
  kms_key_arn         = aws_kms_key.this.arn
  deletion_protection = false
  holds               = "parcels"
}
module "queue" {
  source      = "./modules/queue"
  name        = "kept-mailer"
  account     = local.account
  kms_key_arn = aws_kms_key.this.arn
}
resource "aws_iam_role" "this" {
  name               = "kept"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
variable "more" { default = "" }
resource "aws_iam_role_policy" "this" {
  name = "kept"
  role = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "dynamodb:GetItem", Resource = [module.table.arn, aws_kms_key.this.arn] },
  ] })
}
resource "terraform_data" "new" {
  count = var.more == "" ? 0 : 1
  input = module.table.arn
}
output "table" { value = module.table.arn }
"""
KEPT = (
    "aws_kms_key.this",
    "aws_cloudwatch_log_group.this",
    "module.table.aws_dynamodb_table.this",
    "module.bucket.aws_s3_bucket.this",
    "module.queue.aws_sqs_queue.this",
    "module.queue.aws_sqs_queue.dead_letters",
)

Terraform = Callable[..., str]


@pytest.fixture(scope="module")
def terraform(terraform_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform in a folder with the modules of this checkout, its resources made."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(paths.TERRAFORM / "modules", folder / "modules")
    shutil.copy(LOCK, folder)
    (folder / "main.tf").write_text(MAIN)
    environment = {**os.environ, **providers.terraform_env(), **emulator.environment()}
    environment = {name: value for name, value in environment.items() if value}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [terraform_program, *arguments], cwd=folder, env=environment, text=True, capture_output=True, check=False,
            timeout=400,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init", "-input=false", "-no-color")
    run("apply", "-auto-approve", "-input=false", "-no-color")
    return run


def planned(terraform: Terraform, *arguments: str) -> Plan:
    terraform("plan", "-out=x.tfplan", "-input=false", "-no-color", *arguments)
    return reading.read(json.loads(terraform("show", "-json", "x.tfplan")))


def different(then_: Plan, now: Plan) -> list[str]:
    return comparison.differences(*kept.settled(then_, now, KEPT))


def test_every_kind_of_what_holds_data_is_the_same_once_it_is_kept(terraform: Terraform) -> None:
    for address in KEPT:
        terraform("taint", address)
    then_ = planned(terraform)
    assert {item.address for item in kept.tainted(then_)} == set(KEPT)
    for address in KEPT:
        terraform("untaint", address)
    now = planned(terraform)
    assert then_ != now and now.changed == ()
    assert comparison.differences(then_, now) != []
    assert different(then_, now) == []
    more = planned(terraform, "-var", "more=yes")
    assert different(then_, more) == ["terraform_data.new[0]: to be created, and that was not reviewed"]
