mock_provider "aws" {}

variables {
  name               = "storyizer-test"
  region             = "us-east-1"
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  kms_key_arn        = "arn:aws:kms:us-east-1:000000000000:key/1"
}

run "each_zone_has_a_public_and_a_private_subnet" {
  command = plan

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { us-east-1a = "10.0.0.0/20", us-east-1b = "10.0.16.0/20", us-east-1c = "10.0.32.0/20" }
    error_message = jsonencode({ for zone, subnet in aws_subnet.private : zone => subnet.cidr_block })
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { us-east-1a = "10.0.240.0/24", us-east-1b = "10.0.241.0/24", us-east-1c = "10.0.242.0/24" }
    error_message = jsonencode({ for zone, subnet in aws_subnet.public : zone => subnet.cidr_block })
  }

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : subnet.map_public_ip_on_launch != true])
    error_message = "A subnet gives public addresses to what starts in it."
  }
}

run "nat_per_zone_keeps_each_zone_on_its_own" {
  command = plan

  assert {
    condition     = tolist(keys(aws_nat_gateway.this)) == var.availability_zones && tolist(keys(aws_route.nat)) == var.availability_zones
    error_message = "Not every zone has its own NAT gateway."
  }

  assert {
    condition     = output.internet && output.endpoints == null && length(aws_vpc_endpoint.interface) == 0
    error_message = "Outputs do not say that there is NAT."
  }
}

run "nat_single_serves_all_zones" {
  command = plan

  variables {
    egress = "nat_single"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"] && tolist(keys(aws_route.nat)) == var.availability_zones
    error_message = "Not every zone leads to the one NAT gateway."
  }
}

run "endpoints_take_the_place_of_nat" {
  command = plan

  variables {
    egress = "endpoints"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.nat) == 0 && !output.internet && output.endpoints != null
    error_message = "There is still a way to the internet."
  }

  assert {
    condition     = keys(aws_vpc_endpoint.interface) == ["ecr.api", "ecr.dkr", "logs"] && aws_vpc.this.enable_dns_hostnames && alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled])
    error_message = "A Fargate task would not start."
  }
}

run "s3_and_dynamodb_are_reached_without_nat_whatever_the_egress" {
  command = plan

  assert {
    condition     = keys(aws_vpc_endpoint.gateway) == ["dynamodb", "s3"] && alltrue([for endpoint in aws_vpc_endpoint.gateway : endpoint.vpc_endpoint_type == "Gateway"])
    error_message = "The gateway endpoints are missing."
  }
}

run "flow_logs_are_on_and_encrypted_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_cloudwatch_log_group.flow[0].kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.flow[0].retention_in_days == 365
    error_message = "Flow logs are off, or not encrypted, or kept for ever."
  }
}

run "flow_logs_can_be_off" {
  command = plan

  variables {
    flow_logs = false
  }

  assert {
    condition     = length(aws_flow_log.this) + length(aws_cloudwatch_log_group.flow) + length(aws_iam_role.flow) == 0
    error_message = "Something of the flow logs is left."
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    availability_zones = ["us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "a_zone_of_another_region_is_refused" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "eu-west-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "a_zone_named_twice_is_refused" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "a_range_that_is_too_small_is_refused" {
  command = plan

  variables {
    cidr = "10.0.0.0/24"
  }

  expect_failures = [var.cidr]
}

run "an_unknown_egress_is_refused" {
  command = plan

  variables {
    egress = "internet"
  }

  expect_failures = [var.egress]
}
