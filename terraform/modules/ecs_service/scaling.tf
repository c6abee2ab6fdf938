# Application Auto Scaling of the service, if `scaling` asks for it.

locals {
  # A service that was set to no tasks stays there: the minimum would start them again.
  scaling = var.desired_count == null || var.desired_count == 0 && try(var.scaling.min, 0) > 0 ? null : var.scaling

  # A scheduled action changes the limits themselves. What it set stays until the next one sets something else.
  limits = [
    for scaling in local.scaling[*] : concat(
      [for entry in scaling.schedule : { min = entry.min, max = entry.max } if try(entry.min == var.live_limits.min && entry.max == var.live_limits.max, false)],
      [{ min = scaling.min, max = scaling.max }],
    )[0]
  ]

  # Policy => metric and target. Requests are those of this target group behind that load balancer.
  tracked = {
    for name, policy in {
      cpu      = { metric = "ECSServiceAverageCPUUtilization", target = try(local.scaling.cpu, null), label = null }
      memory   = { metric = "ECSServiceAverageMemoryUtilization", target = try(local.scaling.memory, null), label = null }
      requests = { metric = "ALBRequestCountPerTarget", target = try(local.scaling.requests, null), label = try("${var.load_balancer.arn_suffix}/${split(":", var.load_balancer.target_group_arn)[5]}", null) }
      backlog  = { metric = null, target = try(local.scaling.backlog.messages, null), label = null }
    } : name => policy if policy.target != null
  }

  cluster_name = split("/", var.cluster.arn)[1]
}

resource "aws_appautoscaling_target" "this" {
  count = length(local.limits)

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${local.cluster_name}/${aws_ecs_service.this[0].name}"
  min_capacity       = local.limits[count.index].min
  max_capacity       = local.limits[count.index].max

  tags = { Name = local.full_name }
}

# Out within a minute, in only when the load has been low for five: a task that was stopped too early costs more.
resource "aws_appautoscaling_policy" "this" {
  for_each = local.tracked

  name               = "${local.full_name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    dynamic "predefined_metric_specification" {
      for_each = each.value.metric[*]
      iterator = metric

      content {
        predefined_metric_type = metric.value
        resource_label         = each.value.label
      }
    }

    # Messages that wait, for each task that runs. The number of tasks is a metric of Container Insights.
    dynamic "customized_metric_specification" {
      for_each = each.key == "backlog" ? [local.scaling.backlog.queue_name] : []
      iterator = queue

      content {
        metrics {
          id          = "backlog"
          label       = "Messages per task"
          expression  = "messages / tasks"
          return_data = true
        }

        metrics {
          id          = "messages"
          return_data = false

          metric_stat {
            stat = "Sum"

            metric {
              namespace   = "AWS/SQS"
              metric_name = "ApproximateNumberOfMessagesVisible"

              dimensions {
                name  = "QueueName"
                value = queue.value
              }
            }
          }
        }

        metrics {
          id          = "tasks"
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = "ECS/ContainerInsights"
              metric_name = "RunningTaskCount"

              dimensions {
                name  = "ClusterName"
                value = local.cluster_name
              }

              dimensions {
                name  = "ServiceName"
                value = var.name
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each = { for entry in try(local.scaling.schedule, []) : "${entry.time_zone} ${entry.cron}" => entry }

  # A cron expression has signs that a name must not have.
  name               = "${local.full_name}-${substr(sha256(each.key), 0, 8)}"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id
  schedule           = "cron(${each.value.cron})"
  timezone           = each.value.time_zone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
