# Two roles: the schedule starts the state machine, and nothing else; the state machine runs tasks of the job's family, and
# nothing else, in the one cluster.

locals {
  in_cluster = { ArnEquals = { "ecs:cluster" = var.cluster.arn } }
  tasks      = "arn:${var.account.partition}:ecs:${local.arn_end}:task/${var.cluster.name}/*"

  run_statements = [
    {
      Sid       = "RunTheJob"
      Effect    = "Allow"
      Action    = ["ecs:RunTask"]
      Resource  = ["arn:${var.account.partition}:ecs:${local.arn_end}:task-definition/${var.task.family}:*"]
      Condition = local.in_cluster
    },
    {
      Sid       = "TagTheTask"
      Effect    = "Allow"
      Action    = ["ecs:TagResource"]
      Resource  = [local.tasks]
      Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
    },
    {
      Sid       = "FollowAndStopTheTask"
      Effect    = "Allow"
      Action    = ["ecs:DescribeTasks", "ecs:StopTask"]
      Resource  = [local.tasks]
      Condition = local.in_cluster
    },
    {
      Sid       = "GiveTheTaskItsRoles"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [var.task.execution_role_arn, var.task.task_role_arn]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
    {
      # Step Functions follows a task through a rule of its own, which it makes where it is missing.
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
      Sid       = "LearnThatTheTaskEnded"
      Effect    = "Allow"
      Action    = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      Resource  = ["arn:${var.account.partition}:events:${local.arn_end}:rule/StepFunctionsGetEventsForECSTaskRule"]
      Condition = null
    },
    {
      Sid       = "LookForARunningTask"
      Effect    = "Allow"
      Action    = ["ecs:ListTasks"]
      Resource  = ["*"] # of the action's resources, container instances, Fargate has none
      Condition = local.in_cluster
    },
  ]
}

resource "aws_iam_role" "run" {
  name                 = "${local.full_name}-run"
  description          = "Lets the state machine ${local.full_name} run the job"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnLike      = { "aws:SourceArn" = local.state_machine_arn }
      }
    }]
  })

  tags = { Name = "${local.full_name}-run" }
}

resource "aws_iam_role_policy" "run" {
  name = "run"
  role = aws_iam_role.run.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in local.run_statements : { for name, value in statement : name => value if value != null }
      if local.skips || statement.Sid != "LookForARunningTask"
    ]
  })
}

resource "aws_iam_role" "schedule" {
  count = local.scheduled

  name                 = "${local.full_name}-schedule"
  description          = "Lets the schedule of ${local.full_name} start its state machine"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        # A schedule's role is assumed in the name of its group, never of the schedule.
        ArnLike = { "aws:SourceArn" = "arn:${var.account.partition}:scheduler:${local.arn_end}:schedule-group/${local.full_name}" }
      }
    }]
  })

  tags = { Name = "${local.full_name}-schedule" }
}

resource "aws_iam_role_policy" "schedule" {
  count = local.scheduled

  name = "start"
  role = aws_iam_role.schedule[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartTheStateMachine"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = local.state_machine_arn
      },
      {
        Sid      = "KeepWhatWasNotStarted"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = local.dead_letters_arn
      },
      {
        Sid       = "KeyThroughSQS"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${var.account.region}.amazonaws.com" } }
      },
    ]
  })
}
