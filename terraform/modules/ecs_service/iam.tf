# Two roles: ECS starts the task with the execution role, the code in it runs with the task role.

locals {
  arn_end = "${var.account.region}:${var.account.id}"

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.account.partition}:ecs:${local.arn_end}:*" }
      }
    }]
  })

  # What `table` in a manifest promises, and what save uses: a condition needs no right of its own, and nothing is
  # deleted but by its time to live. Whoever needs more adds it here, for all services of that kind.
  read_actions  = ["dynamodb:GetItem"]
  write_actions = ["dynamodb:PutItem", "dynamodb:UpdateItem"]

  # Of DynamoDB's calls to KMS only Decrypt, of the table's key, is made in the name of who reads or writes items;
  # GenerateDataKey is the service's own, CreateGrant and the rest are for who chooses the key of a table.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-cmk-trail
  key_action = "kms:Decrypt"

  repository_arn = "arn:${var.account.partition}:ecr:${local.arn_end}:repository"
  pull_actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

  writes = try(var.table.access, "") == "read-write"

  # Sidecars may have repositories of their own.
  other_repositories = sort(setsubtract([for sidecar in values(var.sidecars) : sidecar.repository if sidecar.repository != null], [var.repository]))
}

# --------------------------------------------------------------------------------------------- execution

resource "aws_iam_role" "execution" {
  name                 = "${local.full_name}-execution"
  description          = "Lets ECS pull the image of ${local.full_name} and write its logs"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn

  tags = { Name = "${local.full_name}-execution" }
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Login"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*" # the action knows no resources
      },
      {
        Sid      = "Pull"
        Effect   = "Allow"
        Action   = local.pull_actions
        Resource = "${local.repository_arn}/${var.repository}"
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${var.account.partition}:logs:${local.arn_end}:log-group:${local.log_group}:*"
      },
      ], [
      for repositories in [local.other_repositories] : {
        Sid      = "PullSidecars"
        Effect   = "Allow"
        Action   = local.pull_actions
        Resource = [for name in repositories : "${local.repository_arn}/${name}"]
      } if length(repositories) > 0
    ])
  })
}

# -------------------------------------------------------------------------------------------------- task

resource "aws_iam_role" "task" {
  name                 = "${local.full_name}-task"
  description          = "What the code of ${local.full_name} may do"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary_arn

  tags = { Name = "${local.full_name}-task" }
}

resource "aws_iam_role_policy" "table" {
  count = var.table != null ? 1 : 0

  name = "table"
  role = aws_iam_role.task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Table"
        Effect   = "Allow"
        Action   = concat(local.read_actions, local.writes ? local.write_actions : [])
        Resource = var.table.arn
      },
      {
        Sid      = "Indexes"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = var.table.index_arns
      },
      {
        Sid       = "KeyThroughDynamoDB"
        Effect    = "Allow"
        Action    = local.key_action
        Resource  = var.table.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.account.region}.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "task" {
  for_each = var.task_policies

  name   = each.key
  role   = aws_iam_role.task.id
  policy = each.value
}

resource "aws_iam_role_policy" "execute_command" {
  count = var.enable_execute_command ? 1 : 0

  name = "execute-command"
  role = aws_iam_role.task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = "*" # the actions know no resources
    }]
  })
}
