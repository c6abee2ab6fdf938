mock_provider "aws" {}

run "a_service_without_the_table_has_no_rights_at_all" {
  command = plan

  assert {
    condition     = length(aws_iam_role_policy.table) == 0 && length(aws_iam_role_policy.execute_command) == 0
    error_message = "A service without the table got a policy."
  }
}

run "read_only_access_reads_this_table_and_its_indexes" {
  command = plan

  variables {
    table = {
      arn         = "arn:aws:dynamodb:us-east-1:000000000000:table/stories"
      index_arns  = ["arn:aws:dynamodb:us-east-1:000000000000:table/stories/index/latest"]
      kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
      access      = "read-only"
    }
  }

  assert {
    condition     = jsonencode(jsondecode(aws_iam_role_policy.table[0].policy).Statement[*].Resource) == jsonencode([var.table.arn, var.table.index_arns, var.table.kms_key_arn])
    error_message = "resources: ${aws_iam_role_policy.table[0].policy}"
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.table[0].policy).Statement[*].Action) == jsonencode([
      ["dynamodb:GetItem"],
      "dynamodb:Query",
      "kms:Decrypt",
    ])
    error_message = "actions: ${aws_iam_role_policy.table[0].policy}"
  }
}

run "read_write_access_adds_putting_and_changing_items_and_nothing_else" {
  command = plan

  variables {
    table = {
      arn         = "arn:aws:dynamodb:us-east-1:000000000000:table/stories"
      index_arns  = ["arn:aws:dynamodb:us-east-1:000000000000:table/stories/index/latest"]
      kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
      access      = "read-write"
    }
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.table[0].policy).Statement[*].Action) == jsonencode([
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      "dynamodb:Query",
      "kms:Decrypt",
    ])
    error_message = "actions: ${aws_iam_role_policy.table[0].policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.table[0].policy).Statement[2].Condition.StringEquals["kms:ViaService"] == "dynamodb.us-east-1.amazonaws.com"
    error_message = "The key can be used without DynamoDB."
  }
}

run "another_kind_of_table_access_is_refused" {
  command = plan

  variables {
    table = { arn = "arn:aws:dynamodb:us-east-1:000000000000:table/stories", index_arns = [], kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1", access = "all" }
  }

  expect_failures = [var.table]
}

run "execution_role_pulls_this_image_and_writes_this_log_only" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.execution.policy).Statement[*].Resource) == jsonencode([
      "*",
      "arn:aws:ecr:us-east-1:000000000000:repository/storyizer/save",
      "arn:aws:logs:us-east-1:000000000000:log-group:/ecs/storyizer-test/save:*",
    ])
    error_message = aws_iam_role_policy.execution.policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.execution.policy).Statement[0].Action == "ecr:GetAuthorizationToken"
    error_message = "More than the login is allowed on every resource."
  }
}

run "roles_are_for_tasks_of_this_account_only" {
  command = plan

  assert {
    condition = alltrue([
      for role in [aws_iam_role.task, aws_iam_role.execution] :
      jsondecode(role.assume_role_policy).Statement[0].Principal.Service == "ecs-tasks.amazonaws.com" && jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "000000000000"
    ])
    error_message = aws_iam_role.task.assume_role_policy
  }
}

run "containers_have_no_privileges" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "10001:10001" &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.initProcessEnabled &&
      jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities) == jsonencode({ drop = ["ALL"] })
    )
    error_message = aws_ecs_task_definition.this.container_definitions
  }
}

run "logs_never_block_the_container" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options.mode == "non-blocking"
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_cloudwatch_log_group.this.kms_key_id == var.logs.kms_key_arn
    error_message = "The log group has no retention or is not encrypted."
  }
}

run "a_failed_rollout_is_rolled_back_by_ecs" {
  command = plan

  assert {
    condition     = aws_ecs_service.this[0].deployment_circuit_breaker[0].enable && aws_ecs_service.this[0].deployment_circuit_breaker[0].rollback
    error_message = "The circuit breaker is off."
  }

  assert {
    condition     = aws_ecs_service.this[0].deployment_minimum_healthy_percent == 100 && aws_ecs_service.this[0].deployment_maximum_percent == 200 && aws_ecs_service.this[0].health_check_grace_period_seconds == 30 && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 60
    error_message = "The service does not follow the timing budget."
  }

  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy
    error_message = "Old task definitions must stay, to be rolled back to."
  }
}

run "tasks_are_private_and_only_the_load_balancer_reaches_them" {
  command = plan

  assert {
    condition     = !aws_ecs_service.this[0].network_configuration[0].assign_public_ip && aws_ecs_service.this[0].network_configuration[0].subnets == toset(["subnet-a", "subnet-b"])
    error_message = "Tasks are not private."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.load_balancer["9000"].referenced_security_group_id == "sg-alb" && aws_vpc_security_group_ingress_rule.load_balancer["9000"].cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.load_balancer["9000"].from_port == 9000 && aws_vpc_security_group_ingress_rule.load_balancer["9000"].to_port == 9000
    error_message = "Tasks can be reached by others than the load balancer."
  }
}

run "behind_nat_tasks_reach_https_and_nothing_else" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_egress_rule.internet[0].from_port == 443 && aws_vpc_security_group_egress_rule.internet[0].to_port == 443 && length(aws_vpc_security_group_egress_rule.gateway) == 0 && length(aws_vpc_security_group_egress_rule.endpoints) == 0
    error_message = "Egress is not HTTPS alone."
  }
}

run "with_endpoints_there_is_no_way_to_the_internet" {
  command = plan

  variables {
    network = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-a", "subnet-b"]
      prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
      internet           = false
      endpoints          = { security_group_id = "sg-endpoints" }
    }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.internet) == 0 && aws_vpc_security_group_egress_rule.endpoints[0].referenced_security_group_id == "sg-endpoints" && aws_vpc_security_group_ingress_rule.endpoints[0].security_group_id == "sg-endpoints"
    error_message = "Tasks do not reach the endpoints, or reach more."
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.gateway) == ["s3"]
    error_message = "A service without the table reaches DynamoDB."
  }
}

run "execute_command_is_off_unless_asked_for" {
  command = plan

  assert {
    condition     = !aws_ecs_service.this[0].enable_execute_command
    error_message = "Execute command is on."
  }
}

run "execute_command_brings_a_writable_filesystem_and_its_own_rights" {
  command = plan

  variables {
    enable_execute_command = true
  }

  assert {
    condition     = aws_ecs_service.this[0].enable_execute_command && !jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && length(aws_iam_role_policy.execute_command) == 1
    error_message = "Execute command would not work."
  }
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    image = "registry/storyizer/save:latest"
  }

  expect_failures = [var.image]
}
