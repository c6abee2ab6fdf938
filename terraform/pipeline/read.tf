# What every plan reads: the resources of the environments, the images, the states.

resource "aws_iam_policy" "read" {
  name        = "${var.project}-pipeline-read"
  description = "What terraform plan and the orchestrator read"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "ec2:Describe*",
          "ecr:DescribeRepositories",
          "ecs:Describe*",
          "ecs:List*",
          "elasticloadbalancing:Describe*",
          "kms:ListAliases",
          "logs:DescribeLogGroups",
          "wafv2:GetWebACLForResource",
        ]
        Resource = "*"
      },
      {
        Sid    = "Table"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:DescribeTimeToLive",
          "dynamodb:ListTagsOfResource",
        ]
        Resource = [for prefix in values(local.prefixes) : "arn:${local.partition}:dynamodb:${local.arn_end}:table/${prefix}-*"]
      },
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource = "arn:${local.partition}:kms:${local.arn_end}:key/*"
        Condition = {
          StringEquals = { "aws:ResourceTag/Project" = var.project }
        }
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = "logs:ListTagsForResource"
        Resource = flatten([for logs in values(local.log_groups) : [for group in logs : [group, "${group}:*"]]])
      },
      {
        Sid    = "Roles"
        Effect = "Allow"
        Action = [
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
        ]
        Resource = [for prefix in values(local.prefixes) : "arn:${local.partition}:iam::${var.account_id}:role/${prefix}-*"]
      },
      {
        # Whether the account has used ECS before.
        Sid      = "RoleOfEcs"
        Effect   = "Allow"
        Action   = "iam:GetRole"
        Resource = "arn:${local.partition}:iam::${var.account_id}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
      },
      {
        Sid    = "Images"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer",
          "ecr:GetLifecyclePolicy",
          "ecr:ListTagsForResource",
        ]
        Resource = local.repositories
      },
      {
        Sid      = "StateBucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketVersioning", "s3:ListBucket"]
        Resource = local.state_bucket
      },
      {
        Sid    = "States"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = concat(
          ["${local.state_bucket}/built/*", "${local.state_bucket}/images/*", "${local.state_bucket}/registry/*"],
          [for name in var.environments : "${local.state_bucket}/${name}/*"],
        )
      },
    ]
  })

  tags = { Name = "${var.project}-pipeline-read" }
}

locals {
  log_groups = {
    for name, prefix in local.prefixes : name => [
      "arn:${local.partition}:logs:${local.arn_end}:log-group:/ecs/${prefix}/*",
      "arn:${local.partition}:logs:${local.arn_end}:log-group:/vpc/${prefix}",
    ]
  }
}
