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
          "ecs:DiscoverPollEndpoint",
          "ecs:ListTasks",
          "logs:DescribeLogGroups",
          "ssm:UpdateInstanceInformation",
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
        Sid    = "Log"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        # What ends with an asterisk means a group's streams as well.
        Resource = flatten([for logs in values(local.log_groups) : [for group in logs : endswith(group, "*") ? [group] : [group, "${group}:*"]]])
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
          "dynamodb:PartiQL*",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:Scan",
          "dynamodb:UpdateItem",
        ]
        Resource = [for prefix in values(local.prefixes) : "arn:${local.partition}:dynamodb:${local.arn_end}:table/${prefix}-*"]
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = values(local.named)[*].queues
      },
      {
        Sid      = "BucketsAndObjects"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource = values(local.named)[*].buckets
      },
      {
        Sid      = "FileSystems"
        Effect   = "Allow"
        Action   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource = "arn:${local.partition}:elasticfilesystem:${local.arn_end}:file-system/*"
      },
      {
        # By whatever name a manifest has for them; those of other accounts are theirs to share.
        Sid      = "Secrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
        Resource = ["arn:${local.partition}:secretsmanager:*:*:secret:*", "arn:${local.partition}:ssm:*:*:parameter/*"]
      },
      {
        Sid      = "StartJobs"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = values(local.named)[*].state_machines
      },
      {
        Sid      = "RunJobs"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:RunTask", "ecs:StopTask", "ecs:TagResource"]
        Resource = flatten([for prefix in values(local.prefixes) : [for kind in ["task-definition/${prefix}-", "task/${prefix}/"] : "arn:${local.partition}:ecs:${local.arn_end}:${kind}*"]])
      },
      {
        Sid       = "RolesOfJobs"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [for prefix in values(local.prefixes) : "arn:${local.partition}:iam::${var.account_id}:role/${prefix}-*"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        # Step Functions makes this rule in the name of the state machine, to learn that a task has ended.
        Sid      = "EndsOfJobs"
        Effect   = "Allow"
        Action   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
        Resource = "arn:${local.partition}:events:${local.arn_end}:rule/StepFunctionsGetEventsForECSTaskRule"
      },
      {
        Sid    = "Instances"
        Effect = "Allow"
        Action = [
          "ecs:DeregisterContainerInstance",
          "ecs:Poll",
          "ecs:RegisterContainerInstance",
          "ecs:StartTelemetrySession",
          "ecs:Submit*",
          "ecs:UpdateContainerInstancesState",
        ]
        # Of the project: the names of all its environments would not fit in a policy. The roles' own name one cluster.
        Resource = [for kind in ["cluster", "container-instance"] : "arn:${local.partition}:ecs:${local.arn_end}:${kind}/${var.project}-*"]
      },
      {
        Sid    = "KeysThroughServices"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
        ]
        Resource  = "arn:${local.partition}:kms:*:*:key/*"
        Condition = { StringLike = { "kms:ViaService" = [for service in ["dynamodb", "s3", "secretsmanager", "sqs", "ssm"] : "${service}.*.amazonaws.com"] } }
      },
    ]
  })

  tags = { Name = "${var.project}-pipeline-boundary" }
}
