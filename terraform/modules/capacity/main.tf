# EC2 instances of one's own for tasks: the group and the capacity provider by which ECS scales it. Beside it: template.tf
# (what an instance is), iam.tf (what it may do) and network.tf (what it reaches).

locals {
  largest_task = var.largest_task != null ? var.largest_task : { cpu = 0, memory = 0 }

  # The agent registers somewhat less memory than the type has: how much less is seen on the running instance alone.
  too_small = [
    for name, type in data.aws_ec2_instance_type.this : "${name} (${type.memory_size} MiB, ${type.default_vcpus * 1024} CPU units)"
    if local.largest_task.memory >= type.memory_size || local.largest_task.cpu > type.default_vcpus * 1024
  ]
}

resource "aws_autoscaling_group" "this" {
  name                = var.name
  vpc_zone_identifier = var.network.private_subnet_ids
  min_size            = var.min_size
  max_size            = var.max_size
  # How many there are is set by ECS between these two: there is no desired_capacity here.

  # ECS takes the protection away from an instance that runs no task; else scaling in would stop tasks.
  protect_from_scale_in     = var.protect_instances
  health_check_type         = "EC2"
  health_check_grace_period = 120
  capacity_rebalance        = var.spot

  dynamic "launch_template" {
    for_each = local.is_mixed ? [] : ["one"]

    content {
      id      = aws_launch_template.this.id
      version = aws_launch_template.this.latest_version
    }
  }

  dynamic "mixed_instances_policy" {
    for_each = local.is_mixed ? ["mixed"] : []

    content {
      instances_distribution {
        on_demand_base_capacity                  = 0
        on_demand_percentage_above_base_capacity = var.spot ? 0 : 100
        on_demand_allocation_strategy            = "prioritized"
        spot_allocation_strategy                 = var.spot ? "price-capacity-optimized" : null
      }

      launch_template {
        launch_template_specification {
          launch_template_id = aws_launch_template.this.id
          version            = aws_launch_template.this.latest_version
        }

        dynamic "override" {
          for_each = var.instance_types

          content {
            instance_type = override.value
          }
        }
      }
    }
  }

  # New instances first: each old one is drained by ECS before it ends, and its services' tasks start elsewhere before.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 200
      skip_matching                = true
      scale_in_protected_instances = "Refresh"
      instance_warmup              = 120
    }
  }

  dynamic "tag" {
    # ECS sets the first by itself; without it here, each plan would take it away.
    for_each = merge(var.tags, { AmazonECSManaged = "true", Name = var.name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # Instances that came up before their rights and their way out would not register.
  depends_on = [
    aws_iam_role_policy.instance,
    aws_vpc_security_group_egress_rule.internet,
    aws_vpc_security_group_egress_rule.endpoints,
    aws_vpc_security_group_ingress_rule.endpoints,
    aws_vpc_security_group_egress_rule.s3,
  ]

  lifecycle {
    precondition {
      condition     = var.max_size >= var.min_size
      error_message = "Capacity ${var.name}: max_size ${var.max_size} is less than min_size ${var.min_size}."
    }

    precondition {
      condition     = length(local.too_small) == 0
      error_message = "Capacity ${var.name}: a task needs ${local.largest_task.memory} MiB and ${local.largest_task.cpu} CPU units, and would wait for ever for a place on ${join(" and ", local.too_small)}, of which the system needs a part as well. Take larger instances or a smaller task."
    }

    precondition {
      condition     = alltrue([for type in data.aws_ec2_instance_type.this : contains(type.supported_architectures, local.architectures[var.cpu_architecture])])
      error_message = "Capacity ${var.name}: the images are built for ${var.cpu_architecture}, which these do not run: ${join(", ", [for name, type in data.aws_ec2_instance_type.this : name if !contains(type.supported_architectures, local.architectures[var.cpu_architecture])])}."
    }
  }
}

resource "aws_ecs_capacity_provider" "this" {
  name = var.name

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.this.arn
    managed_termination_protection = var.protect_instances ? "ENABLED" : "DISABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = 100
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = var.max_size
      instance_warmup_period    = 120
    }
  }

  tags = { Name = var.name }
}
