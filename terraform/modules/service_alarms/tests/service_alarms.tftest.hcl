mock_provider "aws" {}

variables {
  prefix        = "storyizer-test"
  name          = "save"
  cluster_name  = "storyizer-test"
  load_balancer = { arn_suffix = "app/storyizer-test/2", target_group_arn_suffix = "targetgroup/save/1" }
  queue         = { name = "storyizer-test-save", dead_letter_name = "storyizer-test-save-dead" }
  topic_arns    = ["arn:aws:sns:us-east-1:000000000000:alarms"]

  alarms = { errors = 5, latency = 1.5, unhealthy_hosts = 1, cpu = 90, memory = 80, queue_age = 600, dead_letters = 1, rollback = ["latency", "errors"] }
}

run "each_alarm_has_its_metric_threshold_and_meaning_of_missing_data" {
  command = plan

  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.this :
      name => join(" ", [alarm.namespace, alarm.metric_name, alarm.extended_statistic != null ? alarm.extended_statistic : alarm.statistic, alarm.threshold, alarm.treat_missing_data])
      } == {
      errors          = "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum 5 notBreaching"
      latency         = "AWS/ApplicationELB TargetResponseTime p99 1.5 notBreaching"
      unhealthy_hosts = "AWS/ApplicationELB UnHealthyHostCount Maximum 1 notBreaching"
      cpu             = "AWS/ECS CPUUtilization Average 90 missing"
      memory          = "AWS/ECS MemoryUtilization Average 80 missing"
      queue_age       = "AWS/SQS ApproximateAgeOfOldestMessage Maximum 600 ignore"
      dead_letters    = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 1 ignore"
    }
    error_message = jsonencode(aws_cloudwatch_metric_alarm.this)
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => join(" ", [for key in sort(keys(alarm.dimensions)) : "${key}=${alarm.dimensions[key]}"]) } == {
      errors          = "LoadBalancer=app/storyizer-test/2 TargetGroup=targetgroup/save/1"
      latency         = "LoadBalancer=app/storyizer-test/2 TargetGroup=targetgroup/save/1"
      unhealthy_hosts = "LoadBalancer=app/storyizer-test/2 TargetGroup=targetgroup/save/1"
      cpu             = "ClusterName=storyizer-test ServiceName=save"
      memory          = "ClusterName=storyizer-test ServiceName=save"
      queue_age       = "QueueName=storyizer-test-save"
      dead_letters    = "QueueName=storyizer-test-save-dead"
    }
    error_message = "An alarm looks at something else."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.period == 60])
    error_message = "The threshold itself is not an alarm."
  }
}

run "names_say_which_service_and_what" {
  command = plan

  assert {
    condition     = output.names["dead_letters"] == "storyizer-test-save-dead-letters" && output.names["errors"] == "storyizer-test-save-errors"
    error_message = jsonencode(output.names)
  }

  assert {
    condition     = jsonencode(output.rollback_names) == jsonencode(["storyizer-test-save-errors", "storyizer-test-save-latency"])
    error_message = jsonencode(output.rollback_names)
  }
}

run "each_port_has_alarms_of_its_own" {
  command = plan

  variables {
    load_balancer = { arn_suffix = "app/storyizer-test/2", target_group_arn_suffix = "targetgroup/save/1", ports = { 9000 = "targetgroup/save9/3" } }
    alarms        = { errors = 5, unhealthy_hosts = 1, cpu = 90, rollback = ["errors"] }
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => join(" ", compact([alarm.threshold, lookup(alarm.dimensions, "TargetGroup", "")])) } == {
      cpu                  = "90"
      errors               = "5 targetgroup/save/1"
      errors_9000          = "5 targetgroup/save9/3"
      unhealthy_hosts      = "1 targetgroup/save/1"
      unhealthy_hosts_9000 = "1 targetgroup/save9/3"
    }
    error_message = jsonencode(aws_cloudwatch_metric_alarm.this)
  }

  assert {
    condition     = jsonencode(output.rollback_names) == jsonencode(["storyizer-test-save-errors", "storyizer-test-save-errors-9000"])
    error_message = jsonencode(output.rollback_names)
  }
}

run "topics_hear_of_the_beginning_and_of_the_end" {
  command = plan

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(var.topic_arns) && alarm.ok_actions == toset(var.topic_arns)])
    error_message = "Somebody is not notified."
  }
}

run "only_what_has_a_threshold_is_an_alarm" {
  command = plan

  variables {
    load_balancer = null
    queue         = null
    alarms        = { cpu = 90 }
  }

  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["cpu"] && length(output.rollback_names) == 0
    error_message = "There is an alarm that nobody asked for."
  }
}

run "errors_need_a_load_balancer" {
  command = plan

  variables {
    load_balancer = null
    alarms        = { errors = 5 }
  }

  expect_failures = [var.alarms]
}

run "dead_letters_need_their_queue" {
  command = plan

  variables {
    queue  = { name = "storyizer-test-save" }
    alarms = { dead_letters = 1 }
  }

  expect_failures = [var.alarms]
}

run "an_age_needs_a_queue" {
  command = plan

  variables {
    queue  = null
    alarms = { queue_age = 600 }
  }

  expect_failures = [var.alarms]
}

run "an_alarm_that_is_not_set_cannot_stop_a_deployment" {
  command = plan

  variables {
    alarms = { cpu = 90, rollback = ["errors"] }
  }

  expect_failures = [var.alarms]
}

run "an_unknown_alarm_cannot_stop_a_deployment" {
  command = plan

  variables {
    alarms = { cpu = 90, rollback = ["disk"] }
  }

  expect_failures = [var.alarms]
}

run "a_threshold_of_nothing_is_refused" {
  command = plan

  variables {
    alarms = { errors = 0 }
  }

  expect_failures = [var.alarms]
}

run "more_than_a_hundred_percent_is_refused" {
  command = plan

  variables {
    alarms = { memory = 120 }
  }

  expect_failures = [var.alarms]
}

run "six_topics_are_refused" {
  command = plan

  variables {
    topic_arns = ["a", "b", "c", "d", "e", "f"]
  }

  expect_failures = [var.topic_arns]
}
