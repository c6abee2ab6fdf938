# One row per service, 24 columns wide: its load, and then what calls it or what waits for it.

locals {
  service_names = sort(keys(var.services))
  height        = 6

  rows = {
    for name in local.service_names : name => concat(
      [
        {
          title  = "${name}: CPU and memory, percent"
          stat   = "Average"
          unit   = { min = 0, max = 100 }
          series = [for metric in ["CPUUtilization", "MemoryUtilization"] : ["AWS/ECS", metric, "ClusterName", var.cluster_name, "ServiceName", name]]
        },
        {
          title  = "${name}: running tasks"
          stat   = "Average"
          unit   = { min = 0, max = null }
          series = [["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster_name, "ServiceName", name]]
        },
      ],
      [
        for group in var.services[name].target_group_arn_suffix[*] : {
          title  = "${name}: requests and 5xx a minute"
          stat   = "Sum"
          unit   = { min = 0, max = null }
          series = [for pair in setproduct(concat([group], values(var.services[name].ports)), ["RequestCount", "HTTPCode_Target_5XX_Count"]) : ["AWS/ApplicationELB", pair[1], "LoadBalancer", var.load_balancer_arn_suffix, "TargetGroup", pair[0]]]
        }
      ],
      [
        for group in var.services[name].target_group_arn_suffix[*] : {
          title  = "${name}: response time, 99th percentile, seconds"
          stat   = "p99"
          unit   = { min = 0, max = null }
          series = [for each in concat([group], values(var.services[name].ports)) : ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer_arn_suffix, "TargetGroup", each]]
        }
      ],
      [
        for queue in var.services[name].queue_name[*] : {
          title  = "${name}: messages waiting and failed"
          stat   = "Maximum"
          unit   = { min = 0, max = null }
          series = [for queue in compact([queue, var.services[name].dead_letter_name]) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue]]
        }
      ],
      [
        for queue in var.services[name].queue_name[*] : {
          title  = "${name}: age of the oldest message, seconds"
          stat   = "Maximum"
          unit   = { min = 0, max = null }
          series = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue]]
        }
      ],
    )
  }

  widgets = flatten([
    for row, name in local.service_names : [
      for column, widget in local.rows[name] : {
        type   = "metric"
        x      = column * floor(24 / length(local.rows[name]))
        y      = row * local.height
        width  = floor(24 / length(local.rows[name]))
        height = local.height

        properties = {
          title   = widget.title
          region  = var.region
          view    = "timeSeries"
          stacked = false
          period  = 60
          stat    = widget.stat
          metrics = widget.series
          yAxis   = { left = { for end, value in widget.unit : end => value if value != null } }
        }
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
