mock_provider "aws" {}

run "without_scaling_nothing_scales" {
  command = plan

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_policy.this) == 0 && length(aws_appautoscaling_scheduled_action.this) == 0
    error_message = "Something scales a service that says nothing of it."
  }
}

run "targets_are_tracked_and_scaling_in_is_slower_than_out" {
  command = plan

  variables {
    desired_count = 7
    scaling       = { min = 2, max = 10, cpu = 60, memory = 70, requests = 500 }
  }

  assert {
    condition     = aws_ecs_service.this[0].desired_count == 7
    error_message = "The number that autoscaling chose is undone."
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].resource_id == "service/storyizer-test/save" && aws_appautoscaling_target.this[0].scalable_dimension == "ecs:service:DesiredCount" && aws_appautoscaling_target.this[0].min_capacity == 2 && aws_appautoscaling_target.this[0].max_capacity == 10
    error_message = "The limits are not those given."
  }

  assert {
    condition = {
      for name, policy in aws_appautoscaling_policy.this :
      name => [policy.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type, policy.target_tracking_scaling_policy_configuration[0].target_value, policy.name]
      } == {
      cpu      = ["ECSServiceAverageCPUUtilization", 60, "storyizer-test-save-cpu"]
      memory   = ["ECSServiceAverageMemoryUtilization", 70, "storyizer-test-save-memory"]
      requests = ["ALBRequestCountPerTarget", 500, "storyizer-test-save-requests"]
    }
    error_message = jsonencode(aws_appautoscaling_policy.this)
  }

  assert {
    condition     = aws_appautoscaling_policy.this["requests"].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].resource_label == "app/storyizer-test/2/targetgroup/save/1"
    error_message = "Requests of another target group are counted."
  }

  assert {
    condition     = alltrue([for policy in aws_appautoscaling_policy.this : policy.target_tracking_scaling_policy_configuration[0].scale_in_cooldown > policy.target_tracking_scaling_policy_configuration[0].scale_out_cooldown])
    error_message = "Scaling in is as fast as scaling out."
  }
}

run "a_worker_scales_by_the_messages_that_wait_for_each_task" {
  command = plan

  variables {
    load_balancer = null
    port          = null
    scaling       = { min = 1, max = 10, backlog = { messages = 10, queue_name = "storyizer-test-save" } }
  }

  assert {
    condition = {
      for metric in aws_appautoscaling_policy.this["backlog"].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics :
      metric.id => metric.expression != null ? metric.expression : "${metric.metric_stat[0].metric[0].namespace} ${metric.metric_stat[0].metric[0].metric_name} ${join(",", sort([for dimension in metric.metric_stat[0].metric[0].dimensions : "${dimension.name}=${dimension.value}"]))}"
      } == {
      backlog  = "messages / tasks"
      messages = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=storyizer-test-save"
      tasks    = "ECS/ContainerInsights RunningTaskCount ClusterName=storyizer-test,ServiceName=save"
    }
    error_message = jsonencode(aws_appautoscaling_policy.this["backlog"])
  }

  assert {
    condition     = [for metric in aws_appautoscaling_policy.this["backlog"].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics : metric.id if metric.return_data] == ["backlog"]
    error_message = "Another metric than messages per task decides."
  }
}

run "a_schedule_sets_other_limits_at_a_time_of_its_zone" {
  command = plan

  variables {
    scaling = {
      min = 2
      max = 4
      schedule = [
        { cron = "0 8 ? * MON-FRI *", time_zone = "Europe/Berlin", min = 4, max = 10 },
        { cron = "0 20 ? * MON-FRI *", time_zone = "Europe/Berlin", min = 2, max = 4 },
      ]
    }
  }

  assert {
    condition     = aws_appautoscaling_scheduled_action.this["Europe/Berlin 0 8 ? * MON-FRI *"].schedule == "cron(0 8 ? * MON-FRI *)" && aws_appautoscaling_scheduled_action.this["Europe/Berlin 0 8 ? * MON-FRI *"].timezone == "Europe/Berlin" && aws_appautoscaling_scheduled_action.this["Europe/Berlin 0 8 ? * MON-FRI *"].scalable_target_action[0].min_capacity == "4"
    error_message = jsonencode(aws_appautoscaling_scheduled_action.this)
  }

  assert {
    condition     = alltrue([for action in aws_appautoscaling_scheduled_action.this : can(regex("^storyizer-test-save-[0-9a-f]{8}$", action.name))]) && length(distinct([for action in aws_appautoscaling_scheduled_action.this : action.name])) == 2
    error_message = "Two actions have one name."
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 2 && aws_appautoscaling_target.this[0].max_capacity == 4
    error_message = "The limits are not those given."
  }
}

run "limits_that_the_schedule_has_set_are_kept" {
  command = plan

  variables {
    live_limits = { min = 4, max = 10 }
    scaling     = { min = 2, max = 4, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 4, max = 10 }] }
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 4 && aws_appautoscaling_target.this[0].max_capacity == 10
    error_message = "An apply undoes what the schedule has set."
  }
}

run "limits_that_somebody_else_has_set_are_not_kept" {
  command = plan

  variables {
    live_limits = { min = 0, max = 100 }
    scaling     = { min = 2, max = 4, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 4, max = 10 }] }
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 2 && aws_appautoscaling_target.this[0].max_capacity == 4
    error_message = "The limits are not those of the configuration."
  }
}

run "a_service_that_was_set_to_no_tasks_is_not_started_again" {
  command = plan

  variables {
    desired_count = 0
    scaling       = { min = 2, max = 4, cpu = 60, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 4, max = 10 }] }
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_policy.this) == 0 && length(aws_appautoscaling_scheduled_action.this) == 0
    error_message = "Autoscaling would start it again."
  }
}

run "a_service_that_may_scale_to_nothing_scales_from_nothing" {
  command = plan

  variables {
    desired_count = 0
    scaling       = { min = 0, max = 4, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 1, max = 4 }] }
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 1 && length(aws_appautoscaling_scheduled_action.this) == 1
    error_message = "Nothing would ever start it."
  }
}

run "limits_the_wrong_way_round_are_refused" {
  command = plan

  variables {
    scaling = { min = 4, max = 2, cpu = 60 }
  }

  expect_failures = [var.scaling]
}

run "limits_of_a_schedule_the_wrong_way_round_are_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 4, max = 2 }] }
  }

  expect_failures = [var.scaling]
}

run "more_than_a_hundred_percent_is_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2, cpu = 101 }
  }

  expect_failures = [var.scaling]
}

run "a_target_of_nothing_is_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2, requests = 0 }
  }

  expect_failures = [var.scaling]
}

run "scaling_by_requests_needs_a_load_balancer" {
  command = plan

  variables {
    load_balancer = null
    scaling       = { min = 1, max = 2, requests = 500 }
  }

  expect_failures = [var.scaling]
}

run "scaling_by_a_backlog_needs_a_first_task" {
  command = plan

  variables {
    scaling = { min = 0, max = 2, backlog = { messages = 10, queue_name = "q" } }
  }

  expect_failures = [var.scaling]
}

run "a_schedule_of_five_fields_is_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2, schedule = [{ cron = "0 8 * * MON-FRI", min = 1, max = 2 }] }
  }

  expect_failures = [var.scaling]
}

run "two_limits_at_one_time_are_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2, schedule = [{ cron = "0 8 ? * MON-FRI *", min = 1, max = 2 }, { cron = "0 8 ? * MON-FRI *", min = 2, max = 3 }] }
  }

  expect_failures = [var.scaling]
}

run "scaling_by_nothing_is_refused" {
  command = plan

  variables {
    scaling = { min = 1, max = 2 }
  }

  expect_failures = [var.scaling]
}
