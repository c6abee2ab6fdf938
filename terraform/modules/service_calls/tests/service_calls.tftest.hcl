mock_provider "aws" {}

variables {
  prefix = "storyizer-test"

  services = {
    website = { security_group_id = "sg-website", port = 8000 }
    words   = { security_group_id = "sg-words", port = 9000 }
    mailer  = { security_group_id = "sg-mailer" }
  }

  calls = { website = ["words"], mailer = ["words", "website"] }
}

run "each_call_has_a_way_out_and_a_way_in_on_the_called_ones_port" {
  command = plan

  assert {
    condition = { for pair, rule in aws_vpc_security_group_egress_rule.this : pair => "${rule.security_group_id} ${rule.referenced_security_group_id} ${rule.from_port}-${rule.to_port}" } == {
      "website words"  = "sg-website sg-words 9000-9000"
      "mailer words"   = "sg-mailer sg-words 9000-9000"
      "mailer website" = "sg-mailer sg-website 8000-8000"
    }
    error_message = jsonencode(aws_vpc_security_group_egress_rule.this)
  }

  assert {
    condition = { for pair, rule in aws_vpc_security_group_ingress_rule.this : pair => "${rule.security_group_id} ${rule.referenced_security_group_id} ${rule.from_port}-${rule.to_port}" } == {
      "website words"  = "sg-words sg-website 9000-9000"
      "mailer words"   = "sg-words sg-mailer 9000-9000"
      "mailer website" = "sg-website sg-mailer 8000-8000"
    }
    error_message = jsonencode(aws_vpc_security_group_ingress_rule.this)
  }

  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.this), values(aws_vpc_security_group_egress_rule.this)) : rule.cidr_ipv4 == null && rule.ip_protocol == "tcp"])
    error_message = "A way is open to more than the other service."
  }

  assert {
    condition     = output.called == toset(["website", "words"])
    error_message = "Another service needs a name."
  }
}

run "services_may_call_each_other" {
  command = plan

  variables {
    calls = { website = ["words"], words = ["website"] }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.this) == 2 && length(aws_vpc_security_group_ingress_rule.this) == 2
    error_message = "One of the ways is missing."
  }
}

run "without_calls_there_are_no_ways" {
  command = plan

  variables {
    calls = {}
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.this) == 0 && length(output.called) == 0
    error_message = "There is a way that nobody asked for."
  }
}

run "a_service_does_not_call_itself" {
  command = plan

  variables {
    calls = { words = ["words"] }
  }

  expect_failures = [var.calls]
}

run "calling_what_is_no_service_is_refused" {
  command = plan

  variables {
    calls = { website = ["stories"] }
  }

  expect_failures = [var.calls]
}

run "calling_what_does_not_listen_is_refused" {
  command = plan

  variables {
    calls = { website = ["mailer"] }
  }

  expect_failures = [var.calls]
}
