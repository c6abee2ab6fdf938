locals {
  log_group = "/ecs/${var.prefix}/${var.name}"
  port_name = "service"

  log_options = {
    awslogs-group  = aws_cloudwatch_log_group.this.name
    awslogs-region = var.account.region
    # A full or slow CloudWatch must cost log lines, not requests.
    mode            = "non-blocking"
    max-buffer-size = "25m"
  }

  # Of every container of the task.
  common = {
    stopTimeout = var.timing.stop_timeout_seconds
    # The agent of execute-command writes to the root filesystem.
    readonlyRootFilesystem = !var.enable_execute_command

    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
  }

  # Callers of Service Connect find the port by its name.
  port_mappings = [
    for port in local.ports : merge(
      { containerPort = port, hostPort = port, protocol = "tcp" },
      { for key, value in { name = local.port_name, appProtocol = try(local.server.protocol, "tcp") } : key => value if local.server != null && port == var.port && value != "tcp" },
    )
  ]

  # What an image or ECS decides unless it is given. A key without a value would be a change of the task definition.
  optional = {
    portMappings = length(local.port_mappings) > 0 ? local.port_mappings : null
    command      = var.command
    secrets      = length(var.secrets) > 0 ? [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name].value_from }] : null
    mountPoints  = length(var.volumes) > 0 ? [for name in sort(keys(var.volumes)) : { sourceVolume = name, containerPath = var.volumes[name].path, readOnly = var.volumes[name].read_only }] : null
    dependsOn    = length(local.awaited) > 0 ? [for name, condition in local.awaited : { containerName = name, condition = condition }] : null
  }

  container = merge(local.common, {
    name        = var.name
    image       = var.image
    essential   = true
    user        = var.user
    environment = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]

    logConfiguration = {
      logDriver = "awslogs"
      options   = merge(local.log_options, { awslogs-stream-prefix = var.name })
    }
  }, { for key, value in local.optional : key => value if value != null })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.logs.kms_key_arn

  tags = { Name = local.log_group }
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = [var.launch_type]
  network_mode             = local.is_external ? "bridge" : "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  # Those that the service's container waits for come first.
  container_definitions = jsonencode(concat(local.first_sidecars, [local.container], local.other_sidecars))
  # Old revisions are what one rolls back to.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = var.volumes

    content {
      name = volume.key

      dynamic "efs_volume_configuration" {
        for_each = volume.value.file_system[*]
        iterator = efs

        content {
          file_system_id     = efs.value
          transit_encryption = "ENABLED"

          authorization_config {
            access_point_id = volume.value.access_point
            iam             = "ENABLED"
          }
        }
      }
    }
  }

  tags = { Name = local.full_name }
}
