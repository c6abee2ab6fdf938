# What runs in the service's own container: command, user and secrets.

mock_provider "aws" {}

run "what_is_not_given_does_not_stand_in_the_task_definition" {
  command = plan

  assert {
    condition = jsonencode(keys(jsondecode(aws_ecs_task_definition.this.container_definitions)[0])) == jsonencode([
      "environment", "essential", "image", "linuxParameters", "logConfiguration", "name", "portMappings", "readonlyRootFilesystem", "stopTimeout", "user",
    ])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings) == jsonencode([{ containerPort = 9000, hostPort = 9000, protocol = "tcp" }])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = length(aws_ecs_task_definition.this.volume) == 0 && length(aws_iam_role_policy.secrets) == 0 && length(aws_iam_role_policy.file_systems) == 0
    error_message = "A plain service has a volume, or rights that nothing asks for."
  }
}

run "the_command_stands_in_place_of_the_images_own" {
  command = plan

  variables {
    command = ["node", "server.js"]
    user    = "1000:1000"
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].command) == jsonencode(["node", "server.js"])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "1000:1000"
    error_message = aws_ecs_task_definition.this.container_definitions
  }
}

run "an_empty_command_is_refused" {
  command = plan

  variables {
    command = []
  }

  expect_failures = [var.command]
}

run "root_is_refused" {
  command = plan

  variables {
    user = "0:0"
  }

  expect_failures = [var.user]
}

run "a_user_by_name_is_refused" {
  command = plan

  variables {
    user = "nginx"
  }

  expect_failures = [var.user]
}

run "a_fractional_number_of_tasks_is_refused" {
  command = plan

  variables {
    desired_count = 1.5
  }

  expect_failures = [var.desired_count]
}

run "a_container_cannot_have_more_than_two_minutes_to_stop" {
  command = plan

  variables {
    timing = { stop_timeout_seconds = 121, health_check_grace_period_seconds = 30, minimum_healthy_percent = 100, maximum_percent = 200 }
  }

  expect_failures = [var.timing]
}

run "secrets_come_from_the_parameter_and_the_secret_that_are_named" {
  command = plan

  variables {
    secrets = {
      API_KEY = {
        value_from   = "arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key"
        arns         = ["arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key"]
        kms_key_arns = ["arn:aws:kms:us-east-1:000000000000:key/2"]
      }
      DB_PASSWORD = {
        value_from   = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db:password::"
        arns         = ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-??????"]
        kms_key_arns = ["arn:aws:kms:us-east-1:000000000000:key/3"]
      }
    }
  }

  assert {
    condition = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets) == jsonencode([
      { name = "API_KEY", valueFrom = "arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key" },
      { name = "DB_PASSWORD", valueFrom = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db:password::" },
    ])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = !strcontains(jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment), "API_KEY")
    error_message = "A secret stands in the environment."
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.secrets[0].policy).Statement) == jsonencode([
      { Effect = "Allow", Action = "ssm:GetParameters", Resource = ["arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key"] },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-??????"] },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = ["arn:aws:kms:us-east-1:000000000000:key/3"], Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" } } },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = ["arn:aws:kms:us-east-1:000000000000:key/2"], Condition = { StringEquals = { "kms:ViaService" = "ssm.us-east-1.amazonaws.com" } } },
    ])
    error_message = aws_iam_role_policy.secrets[0].policy
  }
}

run "a_secret_under_the_key_of_aws_needs_no_right_to_a_key" {
  command = plan

  variables {
    secrets = {
      A = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"] }
      B = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"] }
    }
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.secrets[0].policy).Statement) == jsonencode([
      { Effect = "Allow", Action = "ssm:GetParameters", Resource = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"] },
    ])
    error_message = aws_iam_role_policy.secrets[0].policy
  }
}

run "secrets_by_a_pattern_of_names_are_refused" {
  command = plan

  variables {
    secrets = { A = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/*"] } }
  }

  expect_failures = [var.secrets]
}

run "a_secret_without_the_arn_that_may_be_read_is_refused" {
  command = plan

  variables {
    secrets = { A = { value_from = "/a", arns = [] } }
  }

  expect_failures = [var.secrets]
}

run "a_key_by_its_alias_is_refused" {
  command = plan

  variables {
    secrets = {
      A = {
        value_from   = "arn:aws:ssm:us-east-1:000000000000:parameter/a"
        arns         = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"]
        kms_key_arns = ["arn:aws:kms:us-east-1:000000000000:alias/mine"]
      }
    }
  }

  expect_failures = [var.secrets]
}

run "a_variable_is_plain_or_secret_but_not_both" {
  command = plan

  variables {
    secrets = { PORT = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"] } }
  }

  expect_failures = [var.secrets]
}

run "policies_of_the_task_are_given_to_it" {
  command = plan

  variables {
    task_policies = { queue = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  assert {
    condition     = keys(aws_iam_role_policy.task) == ["queue"] && aws_iam_role_policy.task["queue"].name == "queue" && aws_iam_role_policy.task["queue"].policy == var.task_policies.queue
    error_message = "The policy is not the one given."
  }
}

run "a_policy_must_not_take_the_name_of_the_modules_own" {
  command = plan

  variables {
    task_policies = { table = "{}" }
  }

  expect_failures = [var.task_policies]
}

run "a_job_has_what_a_task_needs_and_no_service" {
  command = plan

  variables {
    desired_count = null
    load_balancer = null
    port          = null
  }

  assert {
    condition     = length(aws_ecs_service.this) == 0 && length(aws_vpc_security_group_egress_rule.internet) == 1 && output.task.family == "storyizer-test-save"
    error_message = "A job has a service, or no way out."
  }
}

run "a_job_has_no_load_balancer" {
  command = plan

  variables {
    desired_count = null
  }

  expect_failures = [var.desired_count]
}

run "a_job_does_not_scale" {
  command = plan

  variables {
    desired_count = null
    load_balancer = null
    scaling       = { min = 1, max = 2, cpu = 60 }
  }

  expect_failures = [var.desired_count]
}
