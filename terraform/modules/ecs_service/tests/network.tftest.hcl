# Services without a load balancer, and Service Connect.

mock_provider "aws" {}

run "a_worker_is_reached_by_nobody" {
  command = plan

  variables {
    load_balancer = null
    port          = null
  }

  assert {
    condition     = length(aws_ecs_service.this[0].load_balancer) == 0 && aws_ecs_service.this[0].health_check_grace_period_seconds == null && length(aws_ecs_service.this[0].service_connect_configuration) == 0
    error_message = "The worker is called by somebody."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.load_balancer) == 0 && length(aws_vpc_security_group_egress_rule.load_balancer) == 0 && length(aws_vpc_security_group_egress_rule.internet) == 1
    error_message = "The worker's security group lets somebody in, or does not let it out."
  }

  assert {
    condition     = !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings)
    error_message = aws_ecs_task_definition.this.container_definitions
  }
}

run "a_former_port_needs_a_load_balancer_to_stay_open" {
  command = plan

  variables {
    load_balancer = null
    former_ports  = [8000]
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.load_balancer) == 0
    error_message = "A port is open to nobody."
  }
}

run "a_load_balancer_needs_a_port" {
  command = plan

  variables {
    port = null
  }

  expect_failures = [var.load_balancer]
}

run "each_port_has_its_target_group_mapping_and_ways" {
  command = plan

  variables {
    former_ports = [9001, 8000]

    load_balancer = {
      target_group_arn  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save/1"
      security_group_id = "sg-alb"
      ports = {
        9001  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save9/2"
        10000 = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save1/3"
      }
    }
  }

  assert {
    condition = { for balancer in aws_ecs_service.this[0].load_balancer : balancer.container_port => join(" ", [balancer.container_name, split("/", balancer.target_group_arn)[2]]) } == {
      9000  = "save 1"
      9001  = "save 2"
      10000 = "save 3"
    }
    error_message = jsonencode(aws_ecs_service.this[0].load_balancer)
  }

  assert {
    condition     = jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings[*].containerPort) == jsonencode([9000, 10000, 9001])
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = { for port, rule in aws_vpc_security_group_ingress_rule.load_balancer : port => rule.from_port } == { 8000 = 8000, 9000 = 9000, 9001 = 9001, 10000 = 10000 } && keys(aws_vpc_security_group_egress_rule.load_balancer) == keys(aws_vpc_security_group_ingress_rule.load_balancer)
    error_message = "The load balancer reaches ${join(" ", keys(aws_vpc_security_group_ingress_rule.load_balancer))}."
  }
}

run "a_further_port_that_is_the_port_is_refused" {
  command = plan

  variables {
    load_balancer = {
      target_group_arn  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save/1"
      security_group_id = "sg-alb"
      ports             = { 9000 = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save9/2" }
    }
  }

  expect_failures = [var.load_balancer]
}

run "more_target_groups_than_ecs_registers_are_refused" {
  command = plan

  variables {
    load_balancer = {
      target_group_arn  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save/1"
      security_group_id = "sg-alb"
      ports             = { for port in range(9001, 9006) : port => "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save9/${port}" }
    }
  }

  expect_failures = [var.load_balancer]
}

run "a_sidecar_at_a_further_port_is_refused" {
  command = plan

  variables {
    load_balancer = {
      target_group_arn  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save/1"
      security_group_id = "sg-alb"
      ports             = { 9001 = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/save9/2" }
    }

    sidecars = {
      proxy = { image = "registry/envoy@sha256:2222222222222222222222222222222222222222222222222222222222222222", port = 9001 }
    }
  }

  expect_failures = [var.sidecars]
}

run "a_service_that_is_called_has_a_name_in_the_namespace" {
  command = plan

  variables {
    load_balancer   = null
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = {} }
  }

  assert {
    condition     = aws_ecs_service.this[0].service_connect_configuration[0].enabled && aws_ecs_service.this[0].service_connect_configuration[0].namespace == var.service_connect.namespace_arn
    error_message = "The service is not in the namespace."
  }

  assert {
    condition = (
      aws_ecs_service.this[0].service_connect_configuration[0].service[0].discovery_name == "save" &&
      aws_ecs_service.this[0].service_connect_configuration[0].service[0].client_alias[0].dns_name == "save" &&
      aws_ecs_service.this[0].service_connect_configuration[0].service[0].client_alias[0].port == 9000 &&
      aws_ecs_service.this[0].service_connect_configuration[0].service[0].port_name == jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings[0].name
    )
    error_message = "Callers do not find the service as http://save:9000."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings[0].appProtocol == "http"
    error_message = aws_ecs_task_definition.this.container_definitions
  }

  assert {
    condition     = aws_ecs_service.this[0].service_connect_configuration[0].service[0].timeout[0].idle_timeout_seconds == 60 && aws_ecs_service.this[0].service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == 15
    error_message = "The timeouts do not follow the timing budget."
  }

  assert {
    condition     = aws_ecs_service.this[0].service_connect_configuration[0].log_configuration[0].options["awslogs-group"] == "/ecs/storyizer-test/save" && aws_ecs_service.this[0].service_connect_configuration[0].log_configuration[0].options["awslogs-stream-prefix"] == "service-connect" && aws_ecs_service.this[0].service_connect_configuration[0].log_configuration[0].options["mode"] == "non-blocking"
    error_message = "The proxy does not log beside the service."
  }
}

run "a_service_that_only_calls_has_no_name" {
  command = plan

  variables {
    load_balancer   = null
    port            = null
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1" }
  }

  assert {
    condition     = length(aws_ecs_service.this[0].service_connect_configuration[0].service) == 0 && aws_ecs_service.this[0].service_connect_configuration[0].enabled
    error_message = "A client is a server, or is not in the namespace."
  }
}

run "tcp_has_no_protocol_and_no_requests" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = { alias = "stories.internal", port = 80, protocol = "tcp" } }
  }

  assert {
    condition     = !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings[0].appProtocol) && aws_ecs_service.this[0].service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == null
    error_message = "ECS refuses a request timeout for tcp."
  }

  assert {
    condition     = aws_ecs_service.this[0].service_connect_configuration[0].service[0].client_alias[0].dns_name == "stories.internal" && aws_ecs_service.this[0].service_connect_configuration[0].service[0].client_alias[0].port == 80
    error_message = "Callers do not find the service under its alias."
  }
}

run "a_short_stop_timeout_shortens_requests" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = {} }
    timing          = { stop_timeout_seconds = 5, health_check_grace_period_seconds = 30, minimum_healthy_percent = 100, maximum_percent = 200 }
  }

  assert {
    condition     = aws_ecs_service.this[0].service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == 5
    error_message = "A request may outlive its container."
  }
}

run "a_request_that_outlives_its_container_is_refused" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = { request_timeout_seconds = 61 } }
  }

  expect_failures = [var.service_connect]
}

run "an_unknown_protocol_is_refused" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = { protocol = "udp" } }
  }

  expect_failures = [var.service_connect]
}

run "a_called_service_needs_a_port" {
  command = plan

  variables {
    load_balancer   = null
    port            = null
    service_connect = { namespace_arn = "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1", server = {} }
  }

  expect_failures = [var.service_connect]
}

run "a_task_that_uses_dynamodb_reaches_it_without_internet" {
  command = plan

  variables {
    uses_dynamodb = true

    network = {
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-a", "subnet-b"]
      prefix_list_ids    = { s3 = "pl-s3", dynamodb = "pl-dynamodb" }
      internet           = false
      endpoints          = { security_group_id = "sg-endpoints" }
    }
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.gateway["dynamodb"].prefix_list_id == "pl-dynamodb"
    error_message = "The task does not reach DynamoDB."
  }
}
