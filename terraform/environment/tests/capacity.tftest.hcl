mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-00000000000000001" }
  }

  mock_data "aws_ec2_instance_type" {
    defaults = { memory_size = 8192, default_vcpus = 2, supported_architectures = ["x86_64"] }
  }
}

variables {
  project            = "storyizer"
  environment        = "staging"
  account_id         = "111111111111"
  region             = "us-east-1"
  availability_zones = ["us-east-1a", "us-east-1b"]

  services = {
    bills = { kind = "job", schedule = "rate(1 hour)" }
    mail  = { kind = "worker" }
    words = { paths = ["/"], is_default = true }
  }

  storage = { mail = { queue = {} } }

  images = {
    bills = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/bills@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    mail  = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/mail@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    words = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:3333333333333333333333333333333333333333333333333333333333333333"
  }
}

run "without_a_word_everything_is_on_fargate_and_nothing_else_is_made" {
  command = plan

  assert {
    condition     = jsonencode(local.strategies["words"]) == jsonencode([{ capacity_provider = "FARGATE", base = 0, weight = 1 }]) && local.launch_types[local.capacity["bills"].kind] == "FARGATE"
    error_message = jsonencode(local.strategies)
  }

  assert {
    condition     = length(module.capacity) == 0 && length(module.anywhere) == 0 && output.activation == null
    error_message = "Instances or an activation are made that nobody asked for."
  }
}

run "an_environment_on_spot_and_a_service_that_is_not" {
  command = plan

  variables {
    capacity_provider = "FARGATE_SPOT"

    services = {
      bills = { kind = "job", schedule = "rate(1 hour)" }
      mail  = { kind = "worker", capacity = { kind = "fargate" } }
      words = { paths = ["/"], is_default = true }
    }
  }

  assert {
    condition     = local.strategies["words"][0].capacity_provider == "FARGATE_SPOT" && local.strategies["bills"][0].capacity_provider == "FARGATE_SPOT" && local.strategies["mail"][0].capacity_provider == "FARGATE"
    error_message = jsonencode(local.strategies)
  }
}

run "the_first_tasks_can_be_on_demand" {
  command = plan

  variables {
    services = {
      bills = { kind = "job", schedule = "rate(1 hour)" }
      mail  = { kind = "worker" }
      words = { paths = ["/"], is_default = true, capacity = { kind = "fargate_spot", base = 2 } }
    }
  }

  assert {
    condition     = jsonencode(local.strategies["words"]) == jsonencode([{ base = 2, capacity_provider = "FARGATE", weight = 0 }, { base = 0, capacity_provider = "FARGATE_SPOT", weight = 1 }])
    error_message = jsonencode(local.strategies["words"])
  }
}

run "instances_are_made_for_the_tasks_that_want_them" {
  command = plan

  variables {
    egress = "endpoints"
    ec2    = { instance_types = ["m7i.large", "m6i.large"], max = 6 }

    services = {
      bills = { kind = "job", schedule = "rate(1 hour)", capacity = { kind = "ec2" } }
      mail  = { kind = "worker", capacity = { kind = "ec2" }, cpu = 1024, memory = 2048 }
      words = { paths = ["/"], is_default = true }
    }
  }

  assert {
    condition     = module.capacity[0].capacity_provider == "storyizer-staging-ec2" && local.strategies["mail"][0].capacity_provider == "storyizer-staging-ec2" && local.strategies["bills"][0].capacity_provider == "storyizer-staging-ec2" && local.strategies["words"][0].capacity_provider == "FARGATE"
    error_message = jsonencode(local.strategies)
  }

  # The module refuses instance types that cannot hold it.
  assert {
    condition     = local.largest_task.cpu == 1024 && local.largest_task.memory == 2048
    error_message = jsonencode(local.largest_task)
  }

  assert {
    condition     = module.capacity[0].group_name == "storyizer-staging-ec2" && module.capacity[0].ami_id == "ami-00000000000000001" && module.cluster.capacity_provider == "FARGATE"
    error_message = "The group has another name, its instances another AMI, or the cluster another default."
  }
}

run "instances_can_be_the_environments_default" {
  command = plan

  variables {
    capacity_provider = "EC2"
    ec2               = { ami_id = "ami-00000000000000002", min = 2 }
  }

  assert {
    condition     = local.strategies["words"][0].capacity_provider == "storyizer-staging-ec2" && module.cluster.capacity_provider == "storyizer-staging-ec2" && module.capacity[0].ami_id == "ami-00000000000000002"
    error_message = jsonencode(local.strategies)
  }
}

run "instances_as_a_default_without_instances_are_refused" {
  command = plan

  variables {
    capacity_provider = "EC2"
  }

  expect_failures = [var.capacity_provider]
}

run "a_service_on_instances_without_instances_is_reported" {
  command = plan

  variables {
    services = {
      bills = { kind = "job" }
      mail  = { kind = "worker", capacity = { kind = "ec2" } }
      words = { paths = ["/"], is_default = true }
    }
  }

  expect_failures = [check.capacity]
}

run "machines_outside_aws_have_no_provider_and_register_by_a_code" {
  command = plan

  variables {
    external = { machines = 3, expires_at = "2027-01-31T12:00:00Z" }

    services = {
      bills = { kind = "job", schedule = "rate(1 hour)", capacity = { kind = "external" } }
      mail  = { kind = "worker", capacity = { kind = "external" } }
      words = { paths = ["/"], is_default = true }
    }
  }

  assert {
    condition     = length(local.strategies["mail"]) == 0 && length(local.strategies["bills"]) == 0 && local.launch_types[local.capacity["mail"].kind] == "EXTERNAL" && length(module.capacity) == 0
    error_message = jsonencode(local.strategies)
  }

  assert {
    condition     = nonsensitive(module.anywhere[0].activation.cluster) == "storyizer-staging" && nonsensitive(module.anywhere[0].activation.expires_at) == "2027-01-31T12:00:00Z"
    error_message = "The activation is for another cluster, or ends at another time."
  }
}

run "an_emulator_needs_no_registration" {
  command = plan

  variables {
    environment = "local"
    account_id  = "000000000000"
    external    = { expires_at = "2027-01-31T12:00:00Z" }
  }

  assert {
    condition     = length(module.anywhere) == 0
    error_message = "An activation is made that the emulated AWS does not have."
  }
}

run "on_an_outpost_are_the_instances_their_tasks_and_the_load_balancer" {
  command = plan

  override_module {
    target = module.network
    outputs = {
      vpc_id             = "vpc-1"
      public_subnet_ids  = ["subnet-public-a", "subnet-public-b"]
      private_subnet_ids = ["subnet-a", "subnet-b"]
      outpost_subnet_ids = ["subnet-outpost"]
      prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
      internet           = true
      endpoints          = null
    }
  }

  variables {
    ec2     = { instance_types = ["m5.large"], disk_type = "gp2" }
    outpost = { arn = "arn:aws:outposts:us-east-1:111111111111:outpost/op-0123456789abcdef0", availability_zone = "us-east-1a", customer_owned_ipv4_pool = "ipv4pool-coip-0123456789abcdef0" }

    services = {
      bills = { kind = "job", schedule = "rate(1 hour)" }
      mail  = { kind = "worker" }
      words = { paths = ["/"], is_default = true, capacity = { kind = "ec2" } }
    }
  }

  assert {
    condition     = join(" ", local.networks["words"].private_subnet_ids) == "subnet-outpost" && join(" ", local.networks["mail"].private_subnet_ids) == "subnet-a subnet-b" && local.on_outpost && join(" ", local.instance_subnet_ids) == "subnet-outpost"
    error_message = jsonencode(local.networks)
  }
}

run "an_outpost_without_instances_is_refused" {
  command = plan

  variables {
    outpost = { arn = "arn:aws:outposts:us-east-1:111111111111:outpost/op-0123456789abcdef0", availability_zone = "us-east-1a" }
  }

  expect_failures = [var.outpost]
}

run "what_is_no_service_cannot_be_moved" {
  command = plan

  variables {
    moving = ["wrods"]
  }

  expect_failures = [check.capacity]
}
