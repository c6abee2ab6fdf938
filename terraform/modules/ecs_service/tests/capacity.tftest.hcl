# Where tasks run.

mock_provider "aws" {}

run "fargate_unless_asked_otherwise" {
  command = plan

  assert {
    condition     = one(aws_ecs_service.this[0].capacity_provider_strategy).capacity_provider == "FARGATE" && one(aws_ecs_service.this[0].capacity_provider_strategy).weight == 1 && length(aws_ecs_service.this[0].ordered_placement_strategy) == 0
    error_message = "The service does not run on Fargate."
  }

  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["FARGATE"]) && aws_ecs_task_definition.this.network_mode == "awsvpc" && aws_ecs_service.this[0].availability_zone_rebalancing == "ENABLED" && aws_ecs_service.this[0].force_new_deployment == null
    error_message = "The task definition is not one for Fargate."
  }
}

run "spot_with_a_base_on_fargate" {
  command = plan

  variables {
    capacity_provider_strategy = [{ capacity_provider = "FARGATE", base = 1, weight = 0 }, { capacity_provider = "FARGATE_SPOT" }]
    force_new_deployment       = true
  }

  assert {
    condition = { for entry in aws_ecs_service.this[0].capacity_provider_strategy : entry.capacity_provider => [entry.base, entry.weight] } == {
      FARGATE      = [1, 0]
      FARGATE_SPOT = [0, 1]
    }
    error_message = "The strategy is another than the one given."
  }

  assert {
    condition     = aws_ecs_service.this[0].force_new_deployment
    error_message = "The provider would replace the service."
  }
}

run "instances_are_filled_zone_by_zone" {
  command = plan

  variables {
    launch_type                = "EC2"
    capacity_provider_strategy = [{ capacity_provider = "storyizer-test-instances" }]
  }

  assert {
    condition     = [for placement in aws_ecs_service.this[0].ordered_placement_strategy : "${placement.type} ${placement.field}"] == ["spread attribute:ecs.availability-zone", "binpack memory"]
    error_message = "Tasks are not spread over zones first: ${jsonencode(aws_ecs_service.this[0].ordered_placement_strategy)}"
  }

  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["EC2"]) && aws_ecs_task_definition.this.network_mode == "awsvpc" && length(aws_ecs_service.this[0].network_configuration) == 1
    error_message = "Tasks on instances have no network of their own."
  }
}

run "machines_outside_aws_have_no_vpc" {
  command = plan

  variables {
    launch_type                = "EXTERNAL"
    capacity_provider_strategy = []
    load_balancer              = null
  }

  assert {
    condition     = aws_ecs_service.this[0].launch_type == "EXTERNAL" && length(aws_ecs_service.this[0].capacity_provider_strategy) == 0 && length(aws_ecs_service.this[0].network_configuration) == 0 && aws_ecs_service.this[0].availability_zone_rebalancing == "DISABLED"
    error_message = "ECS would refuse the service."
  }

  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["EXTERNAL"]) && aws_ecs_task_definition.this.network_mode == "bridge" && length(aws_vpc_security_group_egress_rule.internet) == 0
    error_message = "The task definition is not one for machines outside AWS."
  }
}

run "a_load_balancer_does_not_reach_machines_outside_aws" {
  command = plan

  variables {
    launch_type                = "EXTERNAL"
    capacity_provider_strategy = []
  }

  expect_failures = [var.launch_type]
}

run "service_connect_does_not_reach_machines_outside_aws" {
  command = plan

  variables {
    launch_type                = "EXTERNAL"
    capacity_provider_strategy = []
    load_balancer              = null
    service_connect            = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1" }
  }

  expect_failures = [var.launch_type]
}

run "machines_outside_aws_mount_no_efs" {
  command = plan

  variables {
    launch_type                = "EXTERNAL"
    capacity_provider_strategy = []
    load_balancer              = null
    volumes                    = { shared = { path = "/data", file_system = "fs-0123", file_system_security_group = "sg-efs" } }
  }

  expect_failures = [var.volumes]
}

run "an_unknown_launch_type_is_refused" {
  command = plan

  variables {
    launch_type = "LAMBDA"
  }

  expect_failures = [var.launch_type]
}

run "fargate_needs_a_capacity_provider" {
  command = plan

  variables {
    capacity_provider_strategy = []
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "instances_and_fargate_are_not_mixed" {
  command = plan

  variables {
    launch_type                = "EC2"
    capacity_provider_strategy = [{ capacity_provider = "storyizer-test-instances" }, { capacity_provider = "FARGATE" }]
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "two_bases_are_refused" {
  command = plan

  variables {
    capacity_provider_strategy = [{ capacity_provider = "FARGATE", base = 1 }, { capacity_provider = "FARGATE_SPOT", base = 1 }]
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "a_strategy_without_weight_is_refused" {
  command = plan

  variables {
    capacity_provider_strategy = [{ capacity_provider = "FARGATE", base = 1, weight = 0 }]
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "one_provider_twice_is_refused" {
  command = plan

  variables {
    capacity_provider_strategy = [{ capacity_provider = "FARGATE" }, { capacity_provider = "FARGATE" }]
  }

  expect_failures = [var.capacity_provider_strategy]
}

run "where_a_task_stops_before_the_next_starts_zones_are_not_rebalanced" {
  command = plan

  variables {
    timing = { stop_timeout_seconds = 60, health_check_grace_period_seconds = 30, minimum_healthy_percent = 0, maximum_percent = 100 }
  }

  assert {
    condition     = aws_ecs_service.this[0].availability_zone_rebalancing == "DISABLED"
    error_message = "ECS would refuse the service."
  }
}

run "alarms_stop_a_deployment" {
  command = plan

  variables {
    deployment_alarms = { names = ["storyizer-test-save-errors"] }
  }

  assert {
    condition     = aws_ecs_service.this[0].alarms[0].enable && aws_ecs_service.this[0].alarms[0].rollback && aws_ecs_service.this[0].alarms[0].alarm_names == toset(["storyizer-test-save-errors"])
    error_message = "The alarm does not stop a deployment."
  }
}

run "no_alarms_no_block" {
  command = plan

  assert {
    condition     = length(aws_ecs_service.this[0].alarms) == 0
    error_message = "There is a block without alarms."
  }
}

run "deployment_alarms_without_an_alarm_are_refused" {
  command = plan

  variables {
    deployment_alarms = { names = [] }
  }

  expect_failures = [var.deployment_alarms]
}
