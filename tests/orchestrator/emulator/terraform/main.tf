# What the environments may contain beside today's services, small enough to be applied in a test.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "image" {
  type = string
}

resource "aws_vpc" "this" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.1.1.0/24"
}

resource "aws_ecs_cluster" "this" {
  name = "terraform"
}

resource "aws_service_discovery_http_namespace" "this" {
  name = "terraform"
}

resource "aws_ecs_task_definition" "bridge" {
  family                   = "bridge"
  requires_compatibilities = ["EC2"]
  network_mode             = "bridge"
  memory                   = 64

  container_definitions = jsonencode([{
    name         = "x", image = var.image, essential = true, command = ["python3", "-m", "http.server", "8000"], stopTimeout = 1
    portMappings = [{ containerPort = 8000, hostPort = 0 }]
  }])
}

# No network_configuration: that is for tasks with an interface of their own.
resource "aws_ecs_service" "bridge" {
  name            = "bridge"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.bridge.arn
  desired_count   = 1
  launch_type     = "EC2"

  availability_zone_rebalancing = "ENABLED"

  placement_constraints {
    type = "distinctInstance"
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }
}

resource "aws_ecs_task_definition" "task" {
  family                   = "task"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512

  container_definitions = jsonencode([{
    name         = "x", image = var.image, essential = true, command = ["python3", "-m", "http.server", "8000"], stopTimeout = 1
    portMappings = [{ name = "http", containerPort = 8000, hostPort = 8000, protocol = "tcp" }]
  }])
}

resource "aws_ecs_service" "connected" {
  name            = "connected"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.task.arn
  desired_count   = 1

  availability_zone_rebalancing = "ENABLED"

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
    base              = 1
  }

  network_configuration {
    subnets = [aws_subnet.this.id]
  }

  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.this.arn

    service {
      port_name = "http"

      client_alias {
        port     = 8000
        dns_name = "connected"
      }
    }
  }
}

# Machines of one's own.
resource "aws_security_group" "machines" {
  name   = "machines"
  vpc_id = aws_vpc.this.id
}

resource "aws_launch_template" "this" {
  name          = "machines"
  image_id      = "ami-0c2023a1b2c3d4e5f"
  instance_type = "t3.small"

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.machines.id]
  }
}

resource "aws_autoscaling_group" "this" {
  name                  = "machines"
  min_size              = 0
  max_size              = 2
  desired_capacity      = 1
  vpc_zone_identifier   = [aws_subnet.this.id]
  protect_from_scale_in = true

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tag {
    key                 = "AmazonECSManaged"
    value               = ""
    propagate_at_launch = true
  }
}

resource "aws_ecs_capacity_provider" "this" {
  name = "machines"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.this.arn
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT", aws_ecs_capacity_provider.this.name]
}

resource "aws_ecs_service" "machines" {
  name            = "machines"
  cluster         = aws_ecs_cluster_capacity_providers.this.cluster_name
  task_definition = aws_ecs_task_definition.bridge.arn
  desired_count   = 1

  availability_zone_rebalancing = "ENABLED"

  capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.this.name
    weight            = 1
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.connected.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 1
  max_capacity       = 4
}

resource "aws_appautoscaling_policy" "predefined" {
  for_each = {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", value = 60 }
    requests = { metric = "ALBRequestCountPerTarget", value = 500 }
  }

  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.value
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.key == "requests" ? "app/x/0123456789abcdef/targetgroup/x/0123456789abcdef" : null
    }
  }
}

resource "aws_appautoscaling_policy" "backlog" {
  name               = "backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 10

    customized_metric_specification {
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
              value = aws_sqs_queue.this.name
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
              value = aws_ecs_cluster.this.name
            }

            dimensions {
              name  = "ServiceName"
              value = aws_ecs_service.connected.name
            }
          }
        }
      }

      metrics {
        id         = "backlog"
        label      = "Messages per task"
        expression = "messages / MAX([tasks, 1])"
      }
    }
  }
}

resource "aws_appautoscaling_policy" "steps" {
  name               = "steps"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 60
    metric_aggregation_type = "Maximum"

    step_adjustment {
      metric_interval_upper_bound = 10
      scaling_adjustment          = 1
    }

    step_adjustment {
      metric_interval_lower_bound = 10
      scaling_adjustment          = 2
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  name               = "day"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  schedule           = "cron(0 8 ? * MON-FRI *)"
  timezone           = "Europe/Berlin"

  scalable_target_action {
    min_capacity = 2
    max_capacity = 4
  }
}

resource "aws_sqs_queue" "dead" {
  name                    = "dead"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue" "this" {
  name                       = "queue"
  visibility_timeout_seconds = 60
  message_retention_seconds  = 345600
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.this.arn] })
}

resource "aws_sns_topic" "this" {
  name = "alarms"
}

resource "aws_cloudwatch_metric_alarm" "plain" {
  alarm_name          = "cpu"
  alarm_description   = "Words & more are <busy>."
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 90
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  insufficient_data_actions = [aws_sns_topic.this.arn]

  dimensions = {
    ClusterName = aws_ecs_cluster.this.name
    ServiceName = aws_ecs_service.connected.name
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "latency"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p99"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1.5

  evaluate_low_sample_count_percentiles = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "expression" {
  alarm_name          = "errors"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
  actions_enabled     = false

  metric_query {
    id          = "total"
    expression  = "FILL(target, 0) + FILL(balancer, 0)"
    label       = "Errors"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { target = "HTTPCode_Target_5XX_Count", balancer = "HTTPCode_ELB_5XX_Count" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        period      = 60
        stat        = "Sum"
        dimensions  = { LoadBalancer = "app/x/0123456789abcdef" }
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "this" {
  alarm_name      = "any"
  alarm_rule      = "ALARM(${aws_cloudwatch_metric_alarm.plain.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.expression.alarm_name})"
  alarm_actions   = [aws_sns_topic.this.arn]
  actions_enabled = true
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "services"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = 6, height = 3, properties = { markdown = "x" } }] })
}

resource "aws_scheduler_schedule" "this" {
  name                         = "nightly"
  schedule_expression          = "cron(0 3 * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = "arn:aws:iam::000000000000:role/scheduler"
    input    = jsonencode({ containerOverrides = [{ name = "x", command = ["python3", "-V"] }] })

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 600
    }

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.task.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets = [aws_subnet.this.id]
      }
    }
  }
}
