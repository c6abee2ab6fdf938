mock_provider "aws" {}

variables {
  name       = "storyizer-test"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-a", "subnet-b"]

  routes = {
    website = { health_path = "/healthz", rules = {}, is_default = true }
    words   = { health_path = "/healthz", rules = { "/api/words" = 39145 }, is_default = false }
    save    = { health_path = "/health", rules = { "/api/stories" = 37249 }, is_default = false }
  }

  timing = {
    idle_timeout_seconds          = 60
    deregistration_delay_seconds  = 30
    health_check_interval_seconds = 5
    health_check_timeout_seconds  = 2
    healthy_threshold             = 2
    unhealthy_threshold           = 3
  }
}

run "without_a_certificate_http_is_served" {
  command = plan

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "forward" && length(aws_lb_listener.https) == 0
    error_message = "HTTP must forward to the service that claims / and there is no HTTPS listener."
  }

  assert {
    condition     = output.scheme == "http"
    error_message = "scheme is ${output.scheme}"
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.clients : rule.from_port] == [80]
    error_message = "Port 443 is open though nothing listens there."
  }
}

run "on_an_outpost_the_local_network_has_its_own_addresses_for_it" {
  command = plan

  variables {
    customer_owned_ipv4_pool = "ipv4pool-coip-0123456789abcdef0"
    subnet_ids               = ["subnet-outpost"]
  }

  assert {
    condition     = aws_lb.this.customer_owned_ipv4_pool == "ipv4pool-coip-0123456789abcdef0" && aws_lb.this.subnets == toset(["subnet-outpost"])
    error_message = "The load balancer has no customer-owned addresses, or is not on the Outpost."
  }
}

run "a_pool_of_other_addresses_is_refused" {
  command = plan

  variables {
    customer_owned_ipv4_pool = "ipv4pool-ec2-0123456789abcdef0"
  }

  expect_failures = [var.customer_owned_ipv4_pool]
}

run "with_a_certificate_http_redirects_to_https" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/1"
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS" && aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "HTTP does not redirect to HTTPS."
  }

  assert {
    condition     = aws_lb_listener.https[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06" && aws_lb_listener.https[0].certificate_arn == var.certificate_arn && aws_lb_listener.https[0].default_action[0].type == "forward"
    error_message = "HTTPS does not serve with the certificate and a TLS 1.2 policy."
  }

  assert {
    condition     = output.scheme == "https" && length(aws_vpc_security_group_ingress_rule.clients) == 2
    error_message = "Clients do not reach HTTPS."
  }
}

run "rules_hang_on_the_https_listener" {
  variables {
    certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/1"
  }

  # Applied against the mock: only then have listeners an ARN to compare.
  override_resource {
    target = aws_lb.this
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/1" }
  }

  override_resource {
    target = aws_lb_target_group.this
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/a/1" }
  }

  override_resource {
    target = aws_lb_listener.http
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/http" }
  }

  override_resource {
    target = aws_lb_listener.https
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/https" }
  }

  assert {
    condition     = alltrue([for rule in aws_lb_listener_rule.this : rule.listener_arn == aws_lb_listener.https[0].arn])
    error_message = "A rule hangs on the listener that redirects."
  }
}

run "each_path_has_a_rule_for_itself_and_what_is_below" {
  command = plan

  assert {
    condition     = { for path, rule in aws_lb_listener_rule.this : path => rule.priority } == { "/api/words" = 39145, "/api/stories" = 37249 }
    error_message = "priorities: ${jsonencode({ for path, rule in aws_lb_listener_rule.this : path => rule.priority })}"
  }

  assert {
    condition     = one(one(aws_lb_listener_rule.this["/api/words"].condition).path_pattern).values == toset(["/api/words", "/api/words/*"])
    error_message = "/api/words does not route exactly /api/words and /api/words/*."
  }
}

run "without_a_default_service_unclaimed_paths_are_not_found" {
  command = plan

  variables {
    routes = {
      words = { health_path = "/healthz", rules = { "/api/words" = 39145 }, is_default = false }
    }
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].fixed_response[0].status_code == "404" && jsondecode(aws_lb_listener.http.default_action[0].fixed_response[0].message_body).status == 404
    error_message = "An unclaimed path is not answered with a 404 problem."
  }
}

run "two_default_services_are_refused" {
  command = plan

  variables {
    routes = {
      website = { health_path = "/healthz", rules = {}, is_default = true }
      words   = { health_path = "/healthz", rules = {}, is_default = true }
    }
  }

  expect_failures = [var.routes]
}

run "target_groups_follow_manifest_and_timing_budget" {
  command = plan

  assert {
    condition     = aws_lb_target_group.this["save"].health_check[0].path == "/health" && aws_lb_target_group.this["save"].target_type == "ip"
    error_message = "The target group of save does not follow its manifest."
  }

  assert {
    condition = alltrue([
      for group in aws_lb_target_group.this :
      group.deregistration_delay == "30" && group.health_check[0].interval == 5 && group.health_check[0].timeout == 2 && group.health_check[0].healthy_threshold == 2 && group.health_check[0].unhealthy_threshold == 3
    ])
    error_message = "A target group does not follow the timing budget."
  }

  assert {
    condition     = aws_lb.this.idle_timeout == 60
    error_message = "The load balancer does not follow the timing budget."
  }
}

run "a_further_port_has_a_target_group_and_rules_of_its_own" {
  command = plan

  variables {
    routes = {
      words        = { health_path = "/healthz", rules = { "/api/words" = 39145 }, is_default = false }
      "words:9000" = { health_path = "/ready", rules = { "/api/words/admin" = 33001 }, is_default = true }
    }
  }

  assert {
    condition     = { for name, group in aws_lb_target_group.this : name => join(" ", [group.name_prefix, group.health_check[0].path, group.tags.Name]) } == { words = "words- /healthz storyizer-test-words", "words:9000" = "words- /ready storyizer-test-words:9000" }
    error_message = jsonencode(aws_lb_target_group.this)
  }

  assert {
    condition     = { for path, rule in aws_lb_listener_rule.this : path => rule.priority } == { "/api/words" = 39145, "/api/words/admin" = 33001 } && aws_lb_listener.http.default_action[0].type == "forward"
    error_message = "A path has no rule, or what no rule claims goes nowhere."
  }
}

run "a_route_of_another_name_is_refused" {
  command = plan

  variables {
    routes = {
      "words:admin" = { health_path = "/healthz", rules = {}, is_default = false }
    }
  }

  expect_failures = [var.routes]
}

run "the_load_balancer_is_protected_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields
    error_message = "Deletion protection and dropping of invalid headers must be on."
  }

  assert {
    condition     = length(aws_lb.this.access_logs) == 0 && length(aws_wafv2_web_acl_association.this) == 0
    error_message = "Access logs and web ACL must be off unless given."
  }
}

run "deletion_protection_access_logs_and_web_acl_are_chosen_by_variables" {
  command = plan

  variables {
    deletion_protection = false
    access_logs_bucket  = "logs"
    web_acl_arn         = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/a/1"
  }

  assert {
    condition     = !aws_lb.this.enable_deletion_protection && aws_lb.this.access_logs[0].bucket == "logs" && aws_lb.this.access_logs[0].enabled && aws_wafv2_web_acl_association.this[0].web_acl_arn == var.web_acl_arn
    error_message = "A variable has no effect."
  }
}

run "old_tls_policies_are_refused" {
  command = plan

  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }

  expect_failures = [var.ssl_policy]
}

run "a_certificate_of_another_kind_is_refused" {
  command = plan

  variables {
    certificate_arn = "arn:aws:iam::000000000000:server-certificate/old"
  }

  expect_failures = [var.certificate_arn]
}
