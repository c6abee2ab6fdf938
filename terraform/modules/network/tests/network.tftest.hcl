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

run "without_an_outpost_there_is_no_subnet_on_one" {
  command = plan

  assert {
    condition     = length(aws_subnet.outpost) == 0 && length(aws_route_table.outpost) == 0 && length(output.outpost_subnet_ids) == 0
    error_message = "There is a subnet on an Outpost that nobody named."
  }
}

run "an_outpost_has_a_subnet_with_routes_out_and_to_the_local_network" {
  command = plan

  variables {
    outpost = {
      arn               = "arn:aws:outposts:us-east-1:000000000000:outpost/op-0123456789abcdef0"
      availability_zone = "us-east-1b"
      local_network     = { cidr = "192.168.0.0/16", gateway_id = "lgw-0123456789abcdef0", route_table_id = "lgw-rtb-0123456789abcdef0" }
    }
  }

  assert {
    condition     = aws_subnet.outpost[0].outpost_arn == var.outpost.arn && aws_subnet.outpost[0].availability_zone == "us-east-1b" && aws_subnet.outpost[0].cidr_block == "10.0.224.0/20" && aws_subnet.outpost[0].map_public_ip_on_launch != true
    error_message = "The subnet is not on the Outpost."
  }

  assert {
    condition     = aws_route.local_network[0].destination_cidr_block == "192.168.0.0/16" && aws_route.local_network[0].local_gateway_id == "lgw-0123456789abcdef0" && length(aws_route.outpost_nat) == 1
    error_message = "The subnet has no way to the local network, or none out."
  }

  assert {
    condition     = aws_ec2_local_gateway_route_table_vpc_association.this[0].local_gateway_route_table_id == "lgw-rtb-0123456789abcdef0"
    error_message = "The local gateway does not know the VPC."
  }
}

run "an_outpost_without_a_local_network_is_reached_from_the_region_alone" {
  command = plan

  variables {
    egress  = "endpoints"
    outpost = { arn = "arn:aws:outposts:us-east-1:000000000000:outpost/op-0123456789abcdef0", availability_zone = "us-east-1a" }
  }

  assert {
    condition     = length(aws_subnet.outpost) == 1 && length(aws_route.local_network) == 0 && length(aws_route.outpost_nat) == 0
    error_message = "There is a route that nobody named."
  }
}

run "what_is_no_outpost_is_refused" {
  command = plan

  variables {
    outpost = { arn = "op-0123456789abcdef0", availability_zone = "us-east-1a" }
  }

  expect_failures = [var.outpost]
}

run "an_outpost_of_another_zone_is_refused" {
  command = plan

  variables {
    outpost = { arn = "arn:aws:outposts:us-east-1:000000000000:outpost/op-0123456789abcdef0", availability_zone = "us-east-1f" }
  }

  expect_failures = [var.outpost]
}

run "a_local_gateway_is_named_by_its_id" {
  command = plan

  variables {
    outpost = {
      arn               = "arn:aws:outposts:us-east-1:000000000000:outpost/op-0123456789abcdef0"
      availability_zone = "us-east-1a"
      local_network     = { cidr = "192.168.0.0/16", gateway_id = "gateway", route_table_id = "lgw-rtb-0123456789abcdef0" }
    }
  }

  expect_failures = [var.outpost]
}
