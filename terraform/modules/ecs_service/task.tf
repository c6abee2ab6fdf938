locals {
  log_group = "/ecs/${var.prefix}/${var.name}"

  container = {
    name        = var.name
    image       = var.image
    essential   = true
    stopTimeout = var.timing.stop_timeout_seconds

    # The uid and gid that the images are built for; also when an image forgets its USER.
    user = "10001:10001"
    # The agent of execute-command writes to the root filesystem.
    readonlyRootFilesystem = !var.enable_execute_command

    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }

    portMappings = [{ containerPort = var.port, hostPort = var.port, protocol = "tcp" }]
    environment  = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.account.region
        awslogs-stream-prefix = var.name
        # A full or slow CloudWatch must cost log lines, not requests.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.logs.kms_key_arn

  tags = { Name = local.log_group }
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.container])
  # Old revisions are what one rolls back to.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  tags = { Name = local.full_name }
}
