mock_provider "aws" {}

run "a_writable_folder_is_shared_by_the_containers_that_mount_it" {
  command = plan

  variables {
    volumes  = { scratch = { path = "/tmp/scratch" } }
    sidecars = { proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", mounts = { scratch = "/var/scratch" } } }
  }

  assert {
    condition     = one(aws_ecs_task_definition.this.volume).name == "scratch" && length(one(aws_ecs_task_definition.this.volume).efs_volume_configuration) == 0
    error_message = "The task has no empty volume."
  }

  assert {
    condition = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[*].mountPoints) == jsonencode([
      [{ sourceVolume = "scratch", containerPath = "/tmp/scratch", readOnly = false }],
      [{ sourceVolume = "scratch", containerPath = "/var/scratch", readOnly = false }],
    ])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && length(aws_iam_role_policy.file_systems) == 0 && length(aws_vpc_security_group_egress_rule.file_system) == 0
    error_message = "A folder of the task's own opens something."
  }
}

run "a_file_system_is_mounted_encrypted_and_with_the_tasks_own_rights" {
  command = plan

  variables {
    volumes = {
      shared  = { path = "/data", file_system = "fs-0123", access_point = "fsap-0123", file_system_security_group = "sg-efs" }
      library = { path = "/library", file_system = "fs-4567", read_only = true, file_system_security_group = "sg-efs" }
    }
  }

  assert {
    condition = alltrue([
      for volume in aws_ecs_task_definition.this.volume :
      volume.efs_volume_configuration[0].transit_encryption == "ENABLED" && volume.efs_volume_configuration[0].authorization_config[0].iam == "ENABLED"
    ])
    error_message = "A file system is mounted in the clear, or by anybody."
  }

  assert {
    condition = jsonencode({ for volume in aws_ecs_task_definition.this.volume : volume.name => [volume.efs_volume_configuration[0].file_system_id, volume.efs_volume_configuration[0].authorization_config[0].access_point_id] }) == jsonencode({
      shared  = ["fs-0123", "fsap-0123"]
      library = ["fs-4567", null]
    })
    error_message = "The volumes are others than those given."
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.file_systems[0].policy).Statement) == jsonencode([
      {
        Effect   = "Allow"
        Action   = ["elasticfilesystem:ClientMount"]
        Resource = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-4567"
      },
      {
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-0123"
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123" } }
      },
    ])
    error_message = aws_iam_role_policy.file_systems[0].policy
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.file_system) == ["sg-efs"] && aws_vpc_security_group_egress_rule.file_system["sg-efs"].from_port == 2049 && aws_vpc_security_group_egress_rule.file_system["sg-efs"].to_port == 2049 && aws_vpc_security_group_egress_rule.file_system["sg-efs"].referenced_security_group_id == "sg-efs"
    error_message = "Tasks do not reach the mount targets, or reach more."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.file_system["sg-efs"].security_group_id == "sg-efs" && aws_vpc_security_group_ingress_rule.file_system["sg-efs"].from_port == 2049 && aws_vpc_security_group_ingress_rule.file_system["sg-efs"].cidr_ipv4 == null
    error_message = "The mount targets do not let the tasks in, or let others in."
  }
}

run "a_file_system_without_its_security_group_is_refused" {
  command = plan

  variables {
    volumes = { shared = { path = "/data", file_system = "fs-0123" } }
  }

  expect_failures = [var.volumes]
}

run "an_access_point_without_a_file_system_is_refused" {
  command = plan

  variables {
    volumes = { shared = { path = "/data", access_point = "fsap-0123" } }
  }

  expect_failures = [var.volumes]
}

run "what_is_no_file_system_is_refused" {
  command = plan

  variables {
    volumes = { shared = { path = "/data", file_system = "vol-0123", file_system_security_group = "sg-efs" } }
  }

  expect_failures = [var.volumes]
}

run "two_volumes_at_one_path_are_refused" {
  command = plan

  variables {
    volumes = { a = { path = "/data" }, b = { path = "/data" } }
  }

  expect_failures = [var.volumes]
}

run "a_path_that_is_not_absolute_is_refused" {
  command = plan

  variables {
    volumes = { a = { path = "data" } }
  }

  expect_failures = [var.volumes]
}
