mock_provider "aws" {
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-00000000000000001" }
  }

  mock_data "aws_ec2_instance_type" {
    defaults = { memory_size = 8192, default_vcpus = 2, supported_architectures = ["x86_64"] }
  }
}

variables {
  name         = "storyizer-test"
  account      = { id = "000000000000", region = "us-east-1", partition = "aws" }
  cluster_name = "storyizer-test"

  network = {
    vpc_id             = "vpc-1"
    private_subnet_ids = ["subnet-a", "subnet-b"]
    prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
    internet           = true
  }
}

run "an_instance_is_private_encrypted_and_keeps_its_credentials_from_containers" {
  command = plan

  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required" && aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The instance's credentials can be had from a container."
  }

  assert {
    condition     = aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted == "true" && aws_launch_template.this.block_device_mappings[0].ebs[0].volume_type == "gp3"
    error_message = "The disk is not encrypted, or not gp3."
  }

  assert {
    condition     = aws_launch_template.this.network_interfaces[0].associate_public_ip_address == "false" && aws_autoscaling_group.this.vpc_zone_identifier == toset(["subnet-a", "subnet-b"])
    error_message = "Instances have public addresses, or are not in the private subnets."
  }
}

run "the_agent_serves_the_cluster_and_drains_before_a_spot_instance_goes" {
  command = plan

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_CLUSTER=storyizer-test\n") && strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\n") && startswith(base64decode(aws_launch_template.this.user_data), "#!/bin/sh\n")
    error_message = base64decode(aws_launch_template.this.user_data)
  }
}

run "the_ami_is_the_newest_for_the_architecture" {
  command = plan

  assert {
    condition     = aws_launch_template.this.image_id == "ami-00000000000000001" && data.aws_ssm_parameter.ami[0].name == "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    error_message = data.aws_ssm_parameter.ami[0].name
  }
}

run "arm_has_an_ami_of_its_own" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
    instance_types   = ["m7g.large"]
  }

  assert {
    condition     = data.aws_ssm_parameter.ami[0].name == "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    error_message = data.aws_ssm_parameter.ami[0].name
  }
}

run "a_given_ami_is_not_looked_up" {
  command = plan

  variables {
    ami_id = "ami-0123456789abcdef0"
  }

  assert {
    condition     = length(data.aws_ssm_parameter.ami) == 0 && output.ami_id == "ami-0123456789abcdef0"
    error_message = "ami_id has no effect."
  }
}

run "ecs_scales_drains_and_protects" {
  command = plan

  assert {
    condition     = aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_draining == "ENABLED" && aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_termination_protection == "ENABLED" && aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_scaling[0].status == "ENABLED"
    error_message = "ECS does not scale, drain or protect the instances."
  }

  assert {
    condition     = aws_autoscaling_group.this.protect_from_scale_in && aws_autoscaling_group.this.min_size == 0 && aws_autoscaling_group.this.max_size == 4
    error_message = "Managed termination protection needs protected instances."
  }

  assert {
    condition     = { for tag in aws_autoscaling_group.this.tag : tag.key => "${tag.value} ${tag.propagate_at_launch}" }["AmazonECSManaged"] == "true true"
    error_message = "The tag of ECS would be taken away at each plan."
  }
}

run "a_refresh_starts_new_instances_before_it_ends_old_ones" {
  command = plan

  assert {
    condition     = aws_autoscaling_group.this.instance_refresh[0].preferences[0].min_healthy_percentage == 100 && aws_autoscaling_group.this.instance_refresh[0].preferences[0].scale_in_protected_instances == "Refresh" && length(coalesce(aws_autoscaling_group.this.instance_refresh[0].preferences[0].checkpoint_percentages, [])) == 0
    error_message = "A refresh ends instances first, waits for their protection to end, or stops half-way."
  }
}

run "protection_can_be_off" {
  command = plan

  variables {
    protect_instances = false
  }

  assert {
    condition     = !aws_autoscaling_group.this.protect_from_scale_in && aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_termination_protection == "DISABLED"
    error_message = "protect_instances has no effect."
  }
}

run "several_types_and_spot_are_a_mixed_group" {
  command = plan

  variables {
    instance_types = ["m7i.large", "m6i.large"]
    spot           = true
  }

  assert {
    condition     = [for override in aws_autoscaling_group.this.mixed_instances_policy[0].launch_template[0].override : override.instance_type] == ["m7i.large", "m6i.large"]
    error_message = "The types are not as given."
  }

  assert {
    condition     = aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 0 && aws_autoscaling_group.this.capacity_rebalance && length(aws_autoscaling_group.this.launch_template) == 0
    error_message = "The instances are not Spot instances."
  }
}

run "the_role_serves_one_cluster" {
  command = plan

  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.instance.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      [["ecs:DiscoverPollEndpoint"], "*"],
      [["ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"], "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test"],
      [["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"], "arn:aws:ecs:us-east-1:000000000000:container-instance/storyizer-test/*"],
    ])
    error_message = aws_iam_role_policy.instance.policy
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.instance.policy).Statement[2].Condition.ArnEquals["ecs:cluster"] == "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test"
    error_message = aws_iam_role_policy.instance.policy
  }
}

run "shells_are_possible_when_asked_for" {
  command = plan

  variables {
    session_manager = true
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.instance.policy).Statement[3].Sid == "SessionManager" && !strcontains(aws_iam_role_policy.instance.policy, "ssm:GetParameter")
    error_message = aws_iam_role_policy.instance.policy
  }
}

run "an_instance_reaches_aws_and_is_reached_by_nothing" {
  command = plan

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.internet) == 1 && length(aws_vpc_security_group_egress_rule.endpoints) == 0 && length(aws_vpc_security_group_egress_rule.s3) == 0
    error_message = "The ways out are not those of a network with NAT."
  }
}

run "without_internet_it_reaches_the_endpoints_and_s3" {
  command = plan

  variables {
    network = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-a"]
      prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
      internet           = false
      endpoints          = { security_group_id = "sg-endpoints" }
    }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.internet) == 0 && aws_vpc_security_group_egress_rule.endpoints[0].referenced_security_group_id == "sg-endpoints" && aws_vpc_security_group_egress_rule.s3[0].prefix_list_id == "pl-s3" && aws_vpc_security_group_ingress_rule.endpoints[0].security_group_id == "sg-endpoints"
    error_message = "The ways out are not those of a network without internet."
  }
}

run "an_outpost_has_its_own_subnets_types_and_disks" {
  command = plan

  variables {
    instance_types = ["m5.xlarge"]
    root_volume    = { gib = 60, type = "gp2" }

    network = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-outpost"]
      prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
      internet           = true
    }
  }

  assert {
    condition     = aws_launch_template.this.block_device_mappings[0].ebs[0].volume_type == "gp2" && aws_launch_template.this.block_device_mappings[0].ebs[0].volume_size == 60 && aws_launch_template.this.instance_type == "m5.xlarge" && aws_autoscaling_group.this.vpc_zone_identifier == toset(["subnet-outpost"])
    error_message = "The instances are not what the Outpost has."
  }
}

run "a_task_that_fits_is_taken" {
  command = plan

  variables {
    largest_task = { cpu = 2048, memory = 4096 }
  }

  assert {
    condition     = keys(data.aws_ec2_instance_type.this) == ["m7i.large"]
    error_message = "The instance type was not looked at."
  }
}

run "a_task_that_no_instance_holds_is_refused" {
  command = plan

  variables {
    largest_task = { cpu = 256, memory = 8192 }
  }

  expect_failures = [aws_autoscaling_group.this]
}

run "a_task_with_more_cpu_than_an_instance_is_refused" {
  command = plan

  variables {
    largest_task = { cpu = 4096, memory = 1024 }
  }

  expect_failures = [aws_autoscaling_group.this]
}

run "images_for_another_processor_are_refused" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
    largest_task     = { cpu = 256, memory = 512 }
  }

  expect_failures = [aws_autoscaling_group.this]
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    min_size = 3
    max_size = 2
  }

  expect_failures = [aws_autoscaling_group.this]
}

run "a_name_that_ecs_keeps_for_itself_is_refused" {
  command = plan

  variables {
    name = "ecs-test"
  }

  expect_failures = [var.name]
}

run "what_is_no_instance_type_is_refused" {
  command = plan

  variables {
    instance_types = ["large"]
  }

  expect_failures = [var.instance_types]
}

run "what_is_no_ami_is_refused" {
  command = plan

  variables {
    ami_id = "latest"
  }

  expect_failures = [var.ami_id]
}

run "a_disk_smaller_than_the_ami_is_refused" {
  command = plan

  variables {
    root_volume = { gib = 8 }
  }

  expect_failures = [var.root_volume]
}

run "half_an_instance_is_refused" {
  command = plan

  variables {
    max_size = 1.5
  }

  expect_failures = [var.max_size]
}

run "a_negative_size_is_refused" {
  command = plan

  variables {
    min_size = -1
  }

  expect_failures = [var.min_size]
}

run "an_unknown_architecture_is_refused" {
  command = plan

  variables {
    cpu_architecture = "x86"
  }

  expect_failures = [var.cpu_architecture]
}
