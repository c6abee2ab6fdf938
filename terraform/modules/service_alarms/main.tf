# Alarms of one service. Each looks at whole minutes; `periods` is how many of them in a row must be at the threshold or above.

locals {
  service      = { ClusterName = var.cluster_name, ServiceName = var.name }
  target_group = { LoadBalancer = try(var.load_balancer.arn_suffix, null), TargetGroup = try(var.load_balancer.target_group_arn_suffix, null) }

  # What missing data means: no requests are no errors. A task that does not report its load is not known to be well. A
  # queue that nobody touches for six hours stops reporting, with its messages still in it: the alarm stays as it is.
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
  kinds = {
    errors          = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", dimensions = local.target_group, periods = 1, missing = "notBreaching", text = "5xx responses a minute" }
    latency         = { namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p99", dimensions = local.target_group, periods = 3, missing = "notBreaching", text = "seconds, 99th percentile of the response time" }
    unhealthy_hosts = { namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", dimensions = local.target_group, periods = 3, missing = "notBreaching", text = "tasks that fail their health check" }
    cpu             = { namespace = "AWS/ECS", metric = "CPUUtilization", statistic = "Average", dimensions = local.service, periods = 5, missing = "missing", text = "percent of the CPU" }
    memory          = { namespace = "AWS/ECS", metric = "MemoryUtilization", statistic = "Average", dimensions = local.service, periods = 5, missing = "missing", text = "percent of the memory" }
    queue_age       = { namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", dimensions = { QueueName = try(var.queue.name, null) }, periods = 1, missing = "ignore", text = "seconds that the oldest message has waited" }
    dead_letters    = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", dimensions = { QueueName = try(var.queue.dead_letter_name, null) }, periods = 1, missing = "ignore", text = "messages in the dead-letter queue" }
  }

  # What the load balancer sees it sees of each target group by itself.
  further = merge([
    for port, suffix in merge(var.load_balancer[*].ports...) : {
      for name in ["errors", "latency", "unhealthy_hosts"] : "${name}_${port}" => merge(local.kinds[name], {
        dimensions = merge(local.target_group, { TargetGroup = suffix })
        text       = "${local.kinds[name].text}, at port ${port}"
      })
    }
  ]...)

  # Each by its name, which may be that of a threshold with a port behind it.
  thresholds = { for name in keys(merge(local.kinds, local.further)) : name => var.alarms[replace(name, "/_[0-9]+$/", "")] }
  alarms     = { for name, kind in merge(local.kinds, local.further) : name => kind if local.thresholds[name] != null }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.prefix}-${var.name}-${replace(each.key, "_", "-")}"
  alarm_description = "${var.name}: ${local.thresholds[each.key]} or more ${each.value.text}"

  namespace   = each.value.namespace
  metric_name = each.value.metric
  dimensions  = each.value.dimensions
  period      = 60

  statistic          = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic = startswith(each.value.statistic, "p") ? each.value.statistic : null

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = local.thresholds[each.key]
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing

  alarm_actions = var.topic_arns
  ok_actions    = var.topic_arns

  tags = { Name = "${var.prefix}-${var.name}-${replace(each.key, "_", "-")}" }
}
