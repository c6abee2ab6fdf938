mock_provider "aws" {}

variables {
  name         = "storyizer-test"
  account      = { id = "000000000000", region = "us-east-1", partition = "aws" }
  cluster_name = "storyizer-test"
  expires_at   = "2027-01-31T12:00:00Z"
}

run "one_machine_registers_until_the_code_expires" {
  command = plan

  assert {
    condition     = aws_ssm_activation.this.registration_limit == 1 && aws_ssm_activation.this.expiration_date == "2027-01-31T12:00:00Z"
    error_message = "More machines can register, or for longer."
  }
}

run "the_role_is_for_machines_that_this_account_manages" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(aws_iam_role.this.assume_role_policy).Statement) == jsonencode([{
      Action = "sts:AssumeRole"
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:aws:ssm:us-east-1:000000000000:*" }
        StringEquals = { "aws:SourceAccount" = "000000000000" }
      }
      Effect    = "Allow"
      Principal = { Service = "ssm.amazonaws.com" }
    }])
    error_message = aws_iam_role.this.assume_role_policy
  }
}

run "a_machine_may_serve_this_cluster_and_no_other" {
  command = plan

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource] == ["*", "arn:aws:ecs:us-east-1:000000000000:cluster/storyizer-test", "arn:aws:ecs:us-east-1:000000000000:container-instance/storyizer-test/*", "*"]
    error_message = aws_iam_role_policy.this.policy
  }

  assert {
    condition     = !can(regex("ecr:|logs:|ssm:Get|ecs:CreateCluster|\\*\"\\]", aws_iam_role_policy.this.policy))
    error_message = aws_iam_role_policy.this.policy
  }
}

run "what_a_machine_registers_with_is_one_output" {
  override_resource {
    target = aws_ssm_activation.this
    values = { id = "a-1", activation_code = "c-1" }
  }

  assert {
    condition     = output.activation == { region = "us-east-1", cluster = "storyizer-test", id = "a-1", code = "c-1", expires_at = "2027-01-31T12:00:00Z" }
    error_message = "The output does not have what is needed to register."
  }
}

run "a_time_without_its_zone_is_refused" {
  command = plan

  variables {
    expires_at = "2027-01-31 12:00"
  }

  expect_failures = [var.expires_at]
}

run "no_machine_at_all_is_refused" {
  command = plan

  variables {
    registration_limit = 0
  }

  expect_failures = [var.registration_limit]
}

run "a_name_that_is_too_long_for_a_role_is_refused" {
  command = plan

  variables {
    name = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcd"
  }

  expect_failures = [var.name]
}
