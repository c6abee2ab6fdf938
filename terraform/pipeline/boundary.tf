# The most that a role which an apply makes can do, whatever its own policies say: without it, whoever may write a role's
# policy may write himself any right.

resource "aws_iam_policy" "boundary" {
  name        = "${var.project}-pipeline-boundary"
  description = "The most that a role of a service or of the flow logs may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "KnowNoResources"
        Effect = "Allow"
        Action = [
          "ecr:GetAuthorizationToken",
          "logs:DescribeLogGroups",
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = "*"
      },
      {
        Sid      = "Pull"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = local.repositories
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = flatten([for logs in values(local.log_groups) : [for group in logs : [group, "${group}:*"]]])
      },
      {
        Sid    = "Table"
        Effect = "Allow"
        Action = [
          "dynamodb:BatchGetItem",
          "dynamodb:BatchWriteItem",
          "dynamodb:ConditionCheckItem",
          "dynamodb:DeleteItem",
          "dynamodb:DescribeTable",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ]
        Resource = [for prefix in values(local.prefixes) : "arn:${local.partition}:dynamodb:${local.arn_end}:table/${prefix}-*"]
      },
      {
        Sid    = "KeyThroughDynamoDB"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
        ]
        Resource  = "arn:${local.partition}:kms:${local.arn_end}:key/*"
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.region}.amazonaws.com" } }
      },
    ]
  })

  tags = { Name = "${var.project}-pipeline-boundary" }
}
