mock_provider "aws" {}

variables {
  name = "storyizer-test"
}

run "container_insights_are_on_unless_told_otherwise" {
  command = plan

  assert {
    condition     = one(aws_ecs_cluster.this.setting).name == "containerInsights" && one(aws_ecs_cluster.this.setting).value == "enhanced"
    error_message = "Container Insights is not enhanced."
  }
}

run "spot_is_the_default_capacity_when_asked_for" {
  command = plan

  variables {
    capacity_provider = "FARGATE_SPOT"
  }

  assert {
    condition     = one(aws_ecs_cluster_capacity_providers.this.default_capacity_provider_strategy).capacity_provider == "FARGATE_SPOT" && output.capacity_provider == "FARGATE_SPOT"
    error_message = "capacity_provider has no effect."
  }
}

run "without_instances_of_ones_own_there_are_the_two_of_fargate" {
  command = plan

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = join(", ", aws_ecs_cluster_capacity_providers.this.capacity_providers)
  }
}

run "instances_of_ones_own_stand_beside_fargate_and_can_be_the_default" {
  command = plan

  variables {
    own_capacity_providers = ["storyizer-test"]
    capacity_provider      = "storyizer-test"
  }

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT", "storyizer-test"])
    error_message = join(", ", aws_ecs_cluster_capacity_providers.this.capacity_providers)
  }

  assert {
    condition     = one(aws_ecs_cluster_capacity_providers.this.default_capacity_provider_strategy).capacity_provider == "storyizer-test" && output.capacity_provider == "storyizer-test"
    error_message = "capacity_provider has no effect."
  }
}

run "a_capacity_provider_cannot_be_there_twice" {
  command = plan

  variables {
    own_capacity_providers = ["storyizer-test", "storyizer-test"]
  }

  expect_failures = [var.own_capacity_providers]
}

run "another_capacity_provider_is_refused" {
  command = plan

  variables {
    capacity_provider = "EC2"
  }

  expect_failures = [var.capacity_provider]
}

run "another_kind_of_insights_is_refused" {
  command = plan

  variables {
    container_insights = "on"
  }

  expect_failures = [var.container_insights]
}
