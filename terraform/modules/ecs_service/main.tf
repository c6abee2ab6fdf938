# One service: how it is deployed. Beside it: task.tf (what runs), security_groups.tf (who talks to whom) and iam.tf (what it may do).

locals {
  full_name = "${var.prefix}-${var.name}"
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster.arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count

  deployment_minimum_healthy_percent = var.timing.minimum_healthy_percent
  deployment_maximum_percent         = var.timing.maximum_percent
  health_check_grace_period_seconds  = var.timing.health_check_grace_period_seconds
  availability_zone_rebalancing      = "ENABLED"
  enable_execute_command             = var.enable_execute_command
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  # Waiting here never ends when the circuit breaker rolls back, and hides why. Whoever deploys follows the
  # rollout through the ECS API and judges it.
  wait_for_steady_state = false

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = var.cluster.capacity_provider
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.private_subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.load_balancer.target_group_arn
    container_name   = var.name
    container_port   = var.port
  }

  tags = { Name = local.full_name }

  lifecycle {
    # Set above for AWS; an endpoint that does not return the attribute would show it as a change at every plan.
    ignore_changes = [availability_zone_rebalancing]
  }

  # The first task needs its rights and its ways.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.table,
    aws_iam_role_policy.execute_command,
    aws_vpc_security_group_egress_rule.gateway,
    aws_vpc_security_group_egress_rule.internet,
    aws_vpc_security_group_egress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.load_balancer,
    aws_vpc_security_group_egress_rule.load_balancer,
  ]
}
