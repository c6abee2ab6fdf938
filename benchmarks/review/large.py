"""Terraform configurations with thousands of resources that change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHANGES: Final = 5000
TEAMS: Final = 50
"""Modules; the resources are spread over them evenly."""
UPDATED, REPLACED, DELETED, CREATED = 40, 20, 20, 20
"""Of a team's resources. They are a hundred together."""
EACH: Final = CHANGES // TEAMS // 5
"""Of AWS: resources of each of the five types in a module."""
LARGE_TEAMS: Final = 74
"""As many modules make a plan of 100 MB."""
FOUND: Final = 3000
"""Changes with a finding each, a third of them of each of three types."""

_TEAM: Final = """\
variable "team" { type = string }
variable "release" { type = string }
variable "updated" { type = set(string) }
variable "replaced" { type = set(string) }
variable "others" { type = set(string) }
variable "password" {
  type      = string
  sensitive = true
}

locals {
  registry = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
}

resource "terraform_data" "network" {
  input = { name = var.team, ranges = [for number in range(8) : cidrsubnet("10.0.0.0/16", 8, number)] }
}

resource "terraform_data" "updated" {
  for_each = var.updated

  input = {
    name     = "${var.team}-${each.key}"
    password = var.password
    tags     = { Team = var.team, Release = var.release, Name = each.key, CostCenter = "4711" }
    containers = jsonencode([for container in ["app", "proxy", "logs"] : {
      name        = container
      image       = "${local.registry}/${var.team}/${container}@sha256:${sha256("${container}${var.release}")}"
      essential   = true
      environment = [for at in range(12) : { name = "SETTING_${at}", value = "${var.release} of ${each.key} ${at}" }]
      logConfiguration = {
        logDriver = "awslogs"
        options   = { awslogs-group = "/ecs/${var.team}", awslogs-region = "us-east-1", awslogs-stream-prefix = "a" }
      }
    }])
    network = terraform_data.network.id
  }
}

resource "terraform_data" "replaced" {
  for_each = var.replaced

  triggers_replace = [var.release]
  input = {
    name   = "${var.team}-${each.key}"
    policy = jsonencode(@POLICY@)
    network = terraform_data.network.id
  }
}

resource "terraform_data" "others" {
  for_each = var.others

  input = {
    name   = "${var.team}-${each.key}"
    policy = jsonencode(@POLICY@)
    rules  = [for number in range(6) : { from = 8000 + number, to = 8000 + number, source = terraform_data.network.id }]
  }
}

output "updated" {
  value = [for one in terraform_data.updated : one.id]
}
"""

_AWS: Final = """\
variable "names" {
  type = set(string)
}

resource "aws_sqs_queue" "jobs" {
  for_each = var.names

  name                    = each.key
  sqs_managed_sse_enabled = true
  policy                  = jsonencode(@POLICY@)
}

resource "aws_iam_role" "worker" {
  for_each = var.names

  name = each.key
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "worker" {
  for_each = var.names

  name   = "work"
  role   = aws_iam_role.worker[each.key].id
  policy = jsonencode(@POLICY@)
}

resource "aws_security_group" "worker" {
  for_each = var.names

  name        = each.key
  description = "Workers of ${each.key}"

  ingress {
    description = "Metrics"
    cidr_blocks = ["10.1.0.0/16"]
    from_port   = 9090
    to_port     = 9090
    protocol    = "tcp"
  }
}

resource "aws_ecs_task_definition" "worker" {
  for_each = var.names

  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions = jsonencode([for container in ["app", "proxy", "logs"] : {
    name        = container
    image       = "111122223333.dkr.ecr.us-east-1.amazonaws.com/${container}@sha256:${sha256(container)}"
    essential   = true
    environment = [for number in range(12) : { name = "SETTING_${number}", value = "of ${each.key} ${number}" }]
  }])
}
"""

_FOUND: Final = """\
variable "names" {
  type = set(string)
}

resource "aws_sqs_queue" "anybody" {
  for_each = var.names

  name = each.key
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "All", Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "*" }]
  })
}

resource "aws_iam_role_policy" "everything" {
  for_each = var.names

  name = each.key
  role = each.key
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "All", Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_security_group" "anywhere" {
  for_each = var.names

  name        = each.key
  description = "Workers of ${each.key}"

  ingress {
    description = "Logins"
    cidr_blocks = ["0.0.0.0/0"]
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
  }
}
"""

_PROVIDER: Final = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Everything is new: no call to AWS is needed for a plan.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
}
"""

_POLICY: Final = """{
      Version = "2012-10-17"
      Statement = [for number in range(5) : {
        Sid       = "Statement${number}"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/reader-${number}" }
        Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:GetQueueAttributes"]
        Resource  = "arn:aws:sqs:us-east-1:111122223333:${each.key}-${number}"
      }]
    }"""


def write_mixed(folder: Path, address: str, *, after: bool, teams: int = TEAMS) -> None:
    """Terraform's own resources, without a provider: what there is before, or what is wanted after.

    The state is kept at the HTTP address: Terraform writes a local file anew for each of thousands of resources.
    """
    _write(folder / "backend.tf", f'terraform {{\n  backend "http" {{\n    address = "{address}"\n  }}\n}}\n')
    _write(folder / "team/main.tf", _TEAM.replace("@POLICY@", _POLICY))
    release = "2.0.0" if after else "1.9.0"
    _write(folder / "main.tf", _PASSWORD + "".join(_teams(teams, release, after=after)))


def write_aws(folder: Path) -> None:
    """Five types of AWS, all new."""
    # The policies of a role name no principal.
    identity = _POLICY.replace('        Principal = { AWS = "arn:aws:iam::111122223333:role/reader-${number}" }\n', "")
    head, role_policy, tail = _AWS.partition('resource "aws_iam_role_policy"')
    text = head.replace("@POLICY@", _POLICY) + role_policy + tail.replace("@POLICY@", identity)
    _write_teams(folder, text, EACH)


def write_found(folder: Path) -> None:
    """Three types of AWS, all new, and each with a finding."""
    _write_teams(folder, _FOUND, FOUND // TEAMS // 3)


def _write_teams(folder: Path, module: str, names: int) -> None:
    _write(folder / "team/main.tf", module)
    calls = (
        f'module "team{team:02}" {{\n  source = "./team"\n  names  = {_keys(f"t{team:02}", names)}\n}}\n'
        for team in range(TEAMS)
    )
    _write(folder / "main.tf", _PROVIDER + "".join(calls))


_PASSWORD: Final = """\
variable "password" {
  sensitive = true
  default   = "correct-horse-battery-staple"
}
"""


def _teams(teams: int, release: str, *, after: bool) -> Iterator[str]:
    for team in range(teams):
        others = _keys("created", CREATED) if after else _keys("deleted", DELETED)
        yield f"""
module "team{team:02}" {{
  source   = "./team"
  team     = "team{team:02}"
  release  = "{release}"
  password = var.password
  updated  = {_keys("updated", UPDATED)}
  replaced = {_keys("replaced", REPLACED)}
  others   = {others}
}}
"""


def _keys(name: str, number: int) -> str:
    return json.dumps([f"{name}-{at:02}" for at in range(number)])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
