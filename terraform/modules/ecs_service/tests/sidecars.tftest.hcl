mock_provider "aws" {}

run "a_sidecar_has_no_more_rights_than_the_service" {
  command = plan

  variables {
    sidecars = {
      proxy = {
        image        = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222"
        repository   = "storyizer/envoy"
        command      = ["envoy", "-c", "/etc/envoy.yaml"]
        user         = "101:101"
        environment  = { LEVEL = "warn" }
        secrets      = { TOKEN = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/token", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/token"] } }
        port         = 9901
        cpu          = 64
        memory       = 128
        before       = "HEALTHY"
        health_check = { command = ["CMD", "envoy-ready"], start_period_seconds = 5 }
      }
    }
  }

  assert {
    condition = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0]) == jsonencode({
      name                   = "proxy"
      image                  = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222"
      essential              = true
      command                = ["envoy", "-c", "/etc/envoy.yaml"]
      user                   = "101:101"
      cpu                    = 64
      memory                 = 128
      stopTimeout            = 60
      readonlyRootFilesystem = true
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
      portMappings           = [{ containerPort = 9901, hostPort = 9901, protocol = "tcp" }]
      environment            = [{ name = "LEVEL", value = "warn" }]
      secrets                = [{ name = "TOKEN", valueFrom = "arn:aws:ssm:us-east-1:000000000000:parameter/token" }]
      healthCheck            = { command = ["CMD", "envoy-ready"], interval = 10, timeout = 5, retries = 3, startPeriod = 5 }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/storyizer-test/save"
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "proxy"
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    })
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[1].dependsOn) == jsonencode([{ containerName = "proxy", condition = "HEALTHY" }])
    error_message = "The service does not wait for its sidecar: ${aws_ecs_task_definition.this.container_definitions}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.execution.policy).Statement[3].Resource == ["arn:aws:ecr:us-east-1:000000000000:repository/storyizer/envoy"]
    error_message = "ECS cannot pull the sidecar's image: ${aws_iam_role_policy.execution.policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.secrets[0].policy).Statement[0].Resource == ["arn:aws:ssm:us-east-1:000000000000:parameter/token"]
    error_message = "ECS cannot read the sidecar's secret."
  }
}

run "containers_that_are_waited_for_stand_before_the_service_and_others_behind_it" {
  command = plan

  variables {
    sidecars = {
      agent = { image = "registry/agent@sha256:2222222222222222222222222222222222222222222222222222222222222222", essential = false }
      init  = { image = "registry/init@sha256:2222222222222222222222222222222222222222222222222222222222222222", essential = false, before = "SUCCESS" }
      late  = { image = "registry/late@sha256:2222222222222222222222222222222222222222222222222222222222222222", depends_on = { save = "START" } }
    }
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[*].name) == jsonencode(["init", "save", "agent", "late"])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[3].dependsOn) == jsonencode([{ containerName = "save", condition = "START" }])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = !jsondecode(aws_ecs_task_definition.this.container_definitions)[2].essential && length(jsondecode(aws_iam_role_policy.execution.policy).Statement) == 3
    error_message = "A sidecar that may end is essential, or an image of the service's repository has a right of its own."
  }
}

run "an_image_of_a_sidecar_by_tag_is_refused" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy:latest" } }
  }

  expect_failures = [var.sidecars]
}

run "a_sidecar_cannot_have_the_services_name" {
  command = plan

  variables {
    sidecars = { save = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222" } }
  }

  expect_failures = [var.sidecars]
}

run "a_sidecar_is_not_root" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", user = "0" } }
  }

  expect_failures = [var.sidecars]
}

run "an_unknown_condition_is_refused" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", before = "STARTED" } }
  }

  expect_failures = [var.sidecars]
}

run "waiting_for_a_container_that_is_not_there_is_refused" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", depends_on = { init = "START" } } }
  }

  expect_failures = [var.sidecars]
}

run "two_containers_cannot_wait_for_each_other" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", before = "START", depends_on = { save = "START" } } }
  }

  expect_failures = [var.sidecars]
}

run "waiting_for_health_needs_a_health_check" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", before = "HEALTHY" } }
  }

  expect_failures = [var.sidecars]
}

run "a_container_that_is_to_end_cannot_be_essential" {
  command = plan

  variables {
    sidecars = { init = { image = "registry/init@sha256:2222222222222222222222222222222222222222222222222222222222222222", before = "COMPLETE" } }
  }

  expect_failures = [var.sidecars]
}

run "two_containers_on_one_port_are_refused" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", port = 9000 } }
  }

  expect_failures = [var.sidecars]
}

run "sidecars_that_leave_no_memory_are_refused" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", memory = 512 } }
  }

  expect_failures = [var.sidecars]
}

run "a_sidecars_variable_is_plain_or_secret_but_not_both" {
  command = plan

  variables {
    sidecars = {
      proxy = {
        image       = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222"
        environment = { TOKEN = "x" }
        secrets     = { TOKEN = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/a"] } }
      }
    }
  }

  expect_failures = [var.sidecars]
}

run "a_sidecars_secrets_by_a_pattern_are_refused" {
  command = plan

  variables {
    sidecars = {
      proxy = {
        image   = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222"
        secrets = { TOKEN = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/a", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/*"] } }
      }
    }
  }

  expect_failures = [var.sidecars]
}

run "a_sidecar_cannot_mount_what_is_no_volume" {
  command = plan

  variables {
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", mounts = { scratch = "/tmp" } } }
  }

  expect_failures = [var.sidecars]
}
