# Who a pipeline is in this account: GitHub's identity provider, one role that plans and one for each environment that
# applies. trust.tf says who may take them, read.tf, plan.tf and apply.tf what they may do, boundary.tf what the roles
# that an apply makes may do at most.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      Project   = var.project
      ManagedBy = "terraform"
    }
  }
}

data "aws_partition" "current" {}

locals {
  partition    = data.aws_partition.current.partition
  arn_end      = "${var.region}:${var.account_id}"
  state_bucket = "arn:${local.partition}:s3:::${var.project}-tfstate-${var.account_id}-${var.region}"
  repositories = "arn:${local.partition}:ecr:${local.arn_end}:repository/${var.project}/*"
  prefixes     = { for name in var.environments : name => "${var.project}-${name}" }
}

resource "aws_iam_role" "plan" {
  name                 = "${var.project}-pipeline-plan"
  description          = "Plans pull requests and looks for drift: reads, pushes images, keeps reviewed plans"
  assume_role_policy   = local.trust_plan
  max_session_duration = 3600

  tags = { Name = "${var.project}-pipeline-plan" }
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = { read = aws_iam_policy.read.arn, read-workloads = aws_iam_policy.read_workloads.arn, plan = aws_iam_policy.plan.arn }

  role       = aws_iam_role.plan.name
  policy_arn = each.value
}

resource "aws_iam_role" "apply" {
  for_each = var.environments

  name                 = "${var.project}-pipeline-apply-${each.key}"
  description          = "Applies merged changes to ${local.prefixes[each.key]}"
  assume_role_policy   = local.trust_apply[each.key]
  max_session_duration = 3600

  tags = { Name = "${var.project}-pipeline-apply-${each.key}" }
}

resource "aws_iam_role_policy_attachment" "apply_read" {
  for_each = var.environments

  role       = aws_iam_role.apply[each.key].name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy_attachment" "apply_read_workloads" {
  for_each = var.environments

  role       = aws_iam_role.apply[each.key].name
  policy_arn = aws_iam_policy.read_workloads.arn
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = local.apply_policies

  role       = aws_iam_role.apply[each.value.environment].name
  policy_arn = aws_iam_policy.apply[each.key].arn
}
