mock_provider "aws" {}

variables {
  prefix      = "storyizer-test"
  name        = "report"
  account     = { id = "000000000000", region = "us-east-1", partition = "aws" }
  schedule    = "cron(0 3 * * ? *)"
  time_zone   = "Europe/Berlin"
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"

  task = {
    definition_arn     = "arn:aws:ecs:us-east-1:000000000000:task-definition/storyizer-test-report:7"
    family             = "storyizer-test-report"
    execution_role_arn = "arn:aws:iam::000000000000:role/storyizer-test-report-execution"
    task_role_arn      = "arn:aws:iam::000000000000:role/storyizer-test-report-task"
  }

  cluster = {
    arn      = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test"
    name     = "storyizer-test"
    capacity = [{ capacity_provider = "FARGATE_SPOT" }, { capacity_provider = "FARGATE", base = 1, weight = 0 }]
  }

  network = { subnet_ids = ["subnet-a", "subnet-b"], security_group_ids = ["sg-1"] }
}

run "the_schedule_starts_the_state_machine_in_its_time_zone" {
  override_resource {
    target = aws_sfn_state_machine.this
    values = { arn = "arn:aws:states:us-east-1:000000000000:stateMachine:storyizer-test-report" }
  }

  override_resource {
    target = aws_iam_role.run
    values = { arn = "arn:aws:iam::000000000000:role/storyizer-test-report-run" }
  }

  override_resource {
    target = aws_iam_role.schedule
    values = { arn = "arn:aws:iam::000000000000:role/storyizer-test-report-schedule" }
  }

  override_resource {
    target = aws_sqs_queue.not_started
    values = { arn = "arn:aws:sqs:us-east-1:000000000000:storyizer-test-report-not-started" }
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].schedule_expression == "cron(0 3 * * ? *)" && aws_scheduler_schedule.this[0].schedule_expression_timezone == "Europe/Berlin" && aws_scheduler_schedule.this[0].state == "ENABLED"
    error_message = "The schedule is not as given."
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].target[0].arn == output.state_machine_arn && aws_scheduler_schedule.this[0].target[0].role_arn == "arn:aws:iam::000000000000:role/storyizer-test-report-schedule"
    error_message = "The schedule starts something else."
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].target[0].dead_letter_config[0].arn == output.not_started.arn && aws_scheduler_schedule.this[0].target[0].retry_policy[0].maximum_event_age_in_seconds == 3600 && aws_scheduler_schedule.this[0].target[0].retry_policy[0].maximum_retry_attempts == 20
    error_message = "What cannot be started is lost."
  }
}

run "the_task_runs_with_its_revision_network_and_capacity" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(aws_sfn_state_machine.this.definition).States["Run"]) == jsonencode({
      End = true
      Parameters = {
        CapacityProviderStrategy = [{ Base = 0, CapacityProvider = "FARGATE_SPOT", Weight = 1 }, { Base = 1, CapacityProvider = "FARGATE", Weight = 0 }]
        Cluster                  = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test"
        EnableECSManagedTags     = true
        NetworkConfiguration     = { AwsvpcConfiguration = { AssignPublicIp = "DISABLED", SecurityGroups = ["sg-1"], Subnets = ["subnet-a", "subnet-b"] } }
        PropagateTags            = "TASK_DEFINITION"
        TaskDefinition           = "arn:aws:ecs:us-east-1:000000000000:task-definition/storyizer-test-report:7"
      }
      Resource       = "arn:aws:states:::ecs:runTask.sync"
      ResultPath     = null
      Retry          = [{ BackoffRate = 2, ErrorEquals = ["States.TaskFailed"], IntervalSeconds = 30, MaxAttempts = 0 }]
      TimeoutSeconds = 3600
      Type           = "Task"
    })
    error_message = aws_sfn_state_machine.this.definition
  }
}

run "a_run_is_skipped_while_a_task_of_the_family_runs" {
  command = plan

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).StartAt == "Look for a running task"
    error_message = aws_sfn_state_machine.this.definition
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States["Look for a running task"].Parameters == { Cluster = var.cluster.arn, DesiredStatus = "RUNNING", Family = "storyizer-test-report", MaxResults = 1 }
    error_message = aws_sfn_state_machine.this.definition
  }

  assert {
    condition     = one(jsondecode(aws_sfn_state_machine.this.definition).States["Is one running?"].Choices).Next == "Skip this run" && jsondecode(aws_sfn_state_machine.this.definition).States["Is one running?"].Default == "Run"
    error_message = aws_sfn_state_machine.this.definition
  }
}

run "a_run_that_may_overlap_looks_for_nothing_and_may_not" {
  command = plan

  variables {
    overlap         = "allow"
    retries         = 2
    timeout_seconds = 600
    enabled         = false
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).StartAt == "Run" && keys(jsondecode(aws_sfn_state_machine.this.definition).States) == ["Run"]
    error_message = aws_sfn_state_machine.this.definition
  }

  assert {
    condition     = one(jsondecode(aws_sfn_state_machine.this.definition).States["Run"].Retry).MaxAttempts == 2 && jsondecode(aws_sfn_state_machine.this.definition).States["Run"].TimeoutSeconds == 600
    error_message = aws_sfn_state_machine.this.definition
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.run.policy, "ecs:ListTasks")
    error_message = aws_iam_role_policy.run.policy
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].state == "DISABLED"
    error_message = "enabled has no effect."
  }
}

run "machines_of_ones_own_have_a_launch_type_and_no_network" {
  command = plan

  variables {
    cluster = { arn = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test", name = "storyizer-test", capacity = [] }
    network = null
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States["Run"].Parameters.LaunchType == "EXTERNAL" && length(jsondecode(aws_sfn_state_machine.this.definition).States["Run"].Parameters) == 5
    error_message = aws_sfn_state_machine.this.definition
  }
}

run "the_state_machine_may_run_this_family_in_this_cluster_and_pass_its_two_roles" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.run.policy).Statement) == jsonencode([
      { Action = ["ecs:RunTask"], Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test" } }, Effect = "Allow", Resource = ["arn:aws:ecs:us-east-1:000000000000:task-definition/storyizer-test-report:*"], Sid = "RunTheJob" },
      { Action = ["ecs:TagResource"], Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }, Effect = "Allow", Resource = ["arn:aws:ecs:us-east-1:000000000000:task/storyizer-test/*"], Sid = "TagTheTask" },
      { Action = ["ecs:DescribeTasks", "ecs:StopTask"], Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test" } }, Effect = "Allow", Resource = ["arn:aws:ecs:us-east-1:000000000000:task/storyizer-test/*"], Sid = "FollowAndStopTheTask" },
      { Action = ["iam:PassRole"], Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }, Effect = "Allow", Resource = ["arn:aws:iam::000000000000:role/storyizer-test-report-execution", "arn:aws:iam::000000000000:role/storyizer-test-report-task"], Sid = "GiveTheTaskItsRoles" },
      { Action = ["events:DescribeRule", "events:PutRule", "events:PutTargets"], Effect = "Allow", Resource = ["arn:aws:events:us-east-1:000000000000:rule/StepFunctionsGetEventsForECSTaskRule"], Sid = "LearnThatTheTaskEnded" },
      { Action = ["ecs:ListTasks"], Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test" } }, Effect = "Allow", Resource = ["*"], Sid = "LookForARunningTask" },
    ])
    error_message = aws_iam_role_policy.run.policy
  }
}

run "the_schedule_may_start_this_state_machine_and_keep_what_it_could_not_start" {
  command = plan

  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.schedule[0].policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      ["states:StartExecution", "arn:aws:states:us-east-1:000000000000:stateMachine:storyizer-test-report"],
      ["sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:storyizer-test-report-not-started"],
      [["kms:Decrypt", "kms:GenerateDataKey"], "arn:aws:kms:us-east-1:000000000000:key/1"],
    ])
    error_message = aws_iam_role_policy.schedule[0].policy
  }

  assert {
    condition     = one(jsondecode(aws_iam_role.schedule[0].assume_role_policy).Statement).Condition.ArnLike["aws:SourceArn"] == "arn:aws:scheduler:us-east-1:000000000000:schedule-group/storyizer-test-report"
    error_message = aws_iam_role.schedule[0].assume_role_policy
  }

  assert {
    condition     = one(jsondecode(aws_iam_role.run.assume_role_policy).Statement).Condition.ArnLike["aws:SourceArn"] == "arn:aws:states:us-east-1:000000000000:stateMachine:storyizer-test-report"
    error_message = aws_iam_role.run.assume_role_policy
  }
}

run "a_job_without_a_schedule_has_its_state_machine_and_nothing_that_starts_it" {
  command = plan

  variables {
    schedule  = null
    time_zone = "UTC"
  }

  assert {
    condition     = length(aws_scheduler_schedule.this) + length(aws_scheduler_schedule_group.this) + length(aws_sqs_queue.not_started) + length(aws_iam_role.schedule) + length(aws_iam_role_policy.schedule) == 0 && output.schedule == null && output.not_started == null
    error_message = "There is a schedule, or a part of one."
  }

  assert {
    condition     = aws_sfn_state_machine.this.name == "storyizer-test-report" && jsondecode(aws_sfn_state_machine.this.definition).States["Run"].Parameters.TaskDefinition == var.task.definition_arn
    error_message = "It cannot be started by hand."
  }
}

run "a_task_definition_without_a_revision_is_refused" {
  command = plan

  variables {
    task = {
      definition_arn     = "arn:aws:ecs:us-east-1:000000000000:task-definition/storyizer-test-report"
      family             = "storyizer-test-report"
      execution_role_arn = "arn:aws:iam::000000000000:role/a"
      task_role_arn      = "arn:aws:iam::000000000000:role/b"
    }
  }

  expect_failures = [var.task]
}

run "five_fields_are_no_cron_expression_of_aws" {
  command = plan

  variables {
    schedule = "cron(0 3 * * *)"
  }

  expect_failures = [var.schedule]
}

run "a_day_of_the_month_and_a_day_of_the_week_are_refused" {
  command = plan

  variables {
    schedule = "cron(0 3 1 * MON *)"
  }

  expect_failures = [var.schedule]
}

run "one_minutes_is_refused" {
  command = plan

  variables {
    schedule = "rate(1 minutes)"
  }

  expect_failures = [var.schedule]
}

run "a_rate_is_taken" {
  command = plan

  variables {
    schedule = "rate(5 minutes)"
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].schedule_expression == "rate(5 minutes)"
    error_message = "The schedule is not as given."
  }
}

run "a_time_zone_is_a_name" {
  command = plan

  variables {
    time_zone = "+01:00"
  }

  expect_failures = [var.time_zone]
}

run "another_kind_of_overlap_is_refused" {
  command = plan

  variables {
    overlap = "queue"
  }

  expect_failures = [var.overlap]
}

run "half_a_retry_is_refused" {
  command = plan

  variables {
    retries = 0.5
  }

  expect_failures = [var.retries]
}

run "a_timeout_under_a_minute_is_refused" {
  command = plan

  variables {
    timeout_seconds = 30
  }

  expect_failures = [var.timeout_seconds]
}

run "a_start_that_is_tried_for_days_is_refused" {
  command = plan

  variables {
    start = { attempts = 20, within_seconds = 172800 }
  }

  expect_failures = [var.start]
}

run "a_fargate_task_needs_a_network" {
  command = plan

  variables {
    network = null
  }

  expect_failures = [var.network]
}
