# One service: how it is deployed. Beside it: task.tf, sidecars.tf, volumes.tf and secrets.tf (what runs), scaling.tf (how
# many), security_groups.tf (who talks to whom) and iam.tf (what it may do).

locals {
  full_name = "${var.prefix}-${var.name}"

  # Machines outside AWS are in no VPC: no network interface of the task's own, no security group around it.
  is_external = var.launch_type == "EXTERNAL"
  server      = try(var.service_connect.server, null)

  # Port => the target group that ECS registers it in.
  target_groups = merge([for balancer in var.load_balancer[*] : merge({ (tostring(var.port)) = balancer.target_group_arn }, balancer.ports)]...)
  ports         = concat(var.port[*], [for port in flatten([for balancer in var.load_balancer[*] : keys(balancer.ports)]) : tonumber(port)])
}

moved {
  from = aws_ecs_service.this
  to   = aws_ecs_service.this[0]
}

resource "aws_ecs_service" "this" {
  count = var.desired_count != null ? 1 : 0

  name            = var.name
  cluster         = var.cluster.arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count
  launch_type     = local.is_external ? "EXTERNAL" : null

  deployment_minimum_healthy_percent = var.timing.minimum_healthy_percent
  deployment_maximum_percent         = var.timing.maximum_percent
  health_check_grace_period_seconds  = var.load_balancer != null ? var.timing.health_check_grace_period_seconds : null
  enable_execute_command             = var.enable_execute_command
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  force_new_deployment               = var.force_new_deployment ? true : null

  # ECS refuses it where it may not start a task in another zone before it stops one.
  availability_zone_rebalancing = local.is_external || var.timing.maximum_percent <= 100 ? "DISABLED" : "ENABLED"

  # Waiting here never ends when the circuit breaker rolls back, and hides why. Whoever deploys follows the
  # rollout through the ECS API and judges it.
  wait_for_steady_state = false

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = var.deployment_alarms[*]

    content {
      enable      = true
      rollback    = alarms.value.rollback
      alarm_names = alarms.value.names
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  # Fargate spreads by itself. On instances: first over zones, then as few instances as memory allows.
  dynamic "ordered_placement_strategy" {
    for_each = var.launch_type == "EC2" ? [["spread", "attribute:ecs.availability-zone"], ["binpack", "memory"]] : []
    iterator = placement

    content {
      type  = placement.value[0]
      field = placement.value[1]
    }
  }

  dynamic "network_configuration" {
    for_each = local.is_external ? [] : [var.network.private_subnet_ids]

    content {
      subnets          = network_configuration.value
      security_groups  = [aws_security_group.this.id]
      assign_public_ip = false
    }
  }

  dynamic "load_balancer" {
    for_each = local.target_groups

    content {
      target_group_arn = load_balancer.value
      container_name   = var.name
      container_port   = tonumber(load_balancer.key)
    }
  }

  dynamic "service_connect_configuration" {
    for_each = var.service_connect[*]
    iterator = connect

    content {
      enabled   = true
      namespace = connect.value.namespace_arn

      log_configuration {
        log_driver = "awslogs"
        options    = merge(local.log_options, { awslogs-stream-prefix = "service-connect" })
      }

      dynamic "service" {
        for_each = connect.value.server[*]
        iterator = server

        content {
          port_name      = local.port_name
          discovery_name = var.name

          client_alias {
            dns_name = coalesce(server.value.alias, var.name)
            port     = coalesce(server.value.port, var.port)
          }

          # A request ends before the container that answers it is killed.
          timeout {
            idle_timeout_seconds        = var.timing.idle_timeout_seconds
            per_request_timeout_seconds = server.value.protocol == "tcp" ? null : coalesce(server.value.request_timeout_seconds, max(1, min(15, var.timing.stop_timeout_seconds)))
          }
        }
      }
    }
  }

  tags = { Name = local.full_name }

  lifecycle {
    # Set above for AWS; an endpoint that does not return the attribute would show it as a change at every plan.
    ignore_changes = [availability_zone_rebalancing]
  }

  # The first task needs its rights and its ways.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.secrets,
    aws_iam_role_policy.table,
    aws_iam_role_policy.file_systems,
    aws_iam_role_policy.task,
    aws_iam_role_policy.execute_command,
    aws_vpc_security_group_egress_rule.gateway,
    aws_vpc_security_group_egress_rule.internet,
    aws_vpc_security_group_egress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.load_balancer,
    aws_vpc_security_group_egress_rule.load_balancer,
    aws_vpc_security_group_egress_rule.file_system,
    aws_vpc_security_group_ingress_rule.file_system,
  ]
}
