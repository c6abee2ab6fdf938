mock_provider "aws" {
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::111111111111:policy/mock" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/mock" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  project      = "storyizer"
  account_id   = "111111111111"
  region       = "us-east-1"
  environments = ["staging"]
  github = {
    repository    = "Example/shop"
    owner_id      = 1001
    repository_id = 2002
  }
}

run "the_plan_role_is_for_pull_requests_and_the_main_branch_in_both_forms" {
  assert {
    condition = jsondecode(aws_iam_role.plan.assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = [
          "repo:Example/shop:pull_request",
          "repo:Example/shop:ref:refs/heads/main",
          "repo:Example@1001/shop@2002:pull_request",
          "repo:Example@1001/shop@2002:ref:refs/heads/main",
        ]
      }
    }
    error_message = aws_iam_role.plan.assume_role_policy
  }
}

run "the_apply_role_is_for_its_environment_only" {
  assert {
    condition = jsondecode(aws_iam_role.apply["staging"].assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = [
          "repo:Example/shop:environment:staging",
          "repo:Example@1001/shop@2002:environment:staging",
        ]
      }
    }
    error_message = aws_iam_role.apply["staging"].assume_role_policy
  }

  assert {
    condition     = keys(aws_iam_role.apply) == ["staging"]
    error_message = "There must be one role that applies for each environment."
  }
}

run "roles_are_passed_to_the_services_that_take_one_and_made_with_the_boundary_only" {
  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.apply["staging-roles"].policy).Statement : statement.Condition.StringEquals
      if contains(["NewRoles", "PassRoles"], statement.Sid)
      ] == [
      { "iam:PermissionsBoundary" = "arn:aws:iam::111111111111:policy/mock" },
      { "iam:PassedToService" = [for service in ["ecs-tasks", "vpc-flow-logs", "states", "scheduler", "ec2", "ssm"] : "${service}.amazonaws.com"] },
    ]
    error_message = aws_iam_policy.apply["staging-roles"].policy
  }
}

run "what_is_there_already_cannot_be_tagged_and_so_taken" {
  variables {
    environments = ["production", "staging"]
  }

  # Each statement that allows tagging asks for a thing that is being made, for its own tags, or for one without any.
  assert {
    condition = alltrue(flatten([
      for key in ["production-network", "staging-network"] : [
        for statement in jsondecode(aws_iam_policy.apply[key].policy).Statement : anytrue([
          can(statement.Condition.StringLike["ec2:CreateAction"]),
          can(statement.Condition.StringLike["elasticloadbalancing:CreateAction"]),
          try(statement.Condition.StringEquals["aws:ResourceTag/Environment"], "") == split("-", key)[0],
          can(statement.Condition.Null["aws:ResourceTag/Project"]),
        ])
        if anytrue([
          for action in flatten([statement.Action]) :
          contains(["ec2:*", "ec2:Create*", "ec2:CreateTags", "elasticloadbalancing:*", "elasticloadbalancing:Add*", "elasticloadbalancing:AddTags"], action)
        ])
      ]
    ]))
    error_message = aws_iam_policy.apply["staging-network"].policy
  }
}

run "a_job_that_plans_reads_no_logs" {
  assert {
    condition     = !strcontains(aws_iam_policy.read.policy, "logs:FilterLogEvents") && !strcontains(aws_iam_policy.read.policy, "logs:Get")
    error_message = aws_iam_policy.read.policy
  }
}

run "a_policy_is_no_longer_than_aws_takes" {
  variables {
    environments = ["a-long-name-015", "b-long-name-015", "c-long-name-015", "d-long-name-015"]
  }

  assert {
    condition     = alltrue([for policy in concat([aws_iam_policy.read, aws_iam_policy.read_workloads, aws_iam_policy.plan, aws_iam_policy.boundary], values(aws_iam_policy.apply)) : length(policy.policy) <= 6144])
    error_message = "A managed policy may have 6,144 characters, the boundary has ${length(aws_iam_policy.boundary.policy)}."
  }
}

run "a_role_has_no_more_policies_than_aws_takes" {
  assert {
    condition     = 2 + length([for key, policy in aws_iam_policy.apply : key if startswith(key, "staging-")]) <= 10
    error_message = "A role may have 10 managed policies."
  }
}

run "no_value_of_a_secret_is_read_by_a_pipeline" {
  assert {
    condition = alltrue([
      for policy in concat([aws_iam_policy.read, aws_iam_policy.read_workloads, aws_iam_policy.plan], values(aws_iam_policy.apply)) :
      !strcontains(policy.policy, "GetSecretValue") && !strcontains(policy.policy, "ssm:GetParameters") && !strcontains(policy.policy, ":parameter/*")
    ])
    error_message = "Only the tasks read secrets."
  }
}

run "an_environment_cannot_be_called_as_the_states_bucket" {
  command = plan

  variables {
    environments = ["tfstate"]
  }

  expect_failures = [var.environments]
}

run "a_provider_that_is_there_is_used" {
  variables {
    oidc_provider_arn = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.oidc_provider_arn == var.oidc_provider_arn
    error_message = "The given provider must be used, and none made."
  }
}

run "a_wildcard_is_no_repository" {
  command = plan

  variables {
    github = { repository = "Example/*", owner_id = 1, repository_id = 2 }
  }

  expect_failures = [var.github]
}

run "no_environment_s_name_begins_with_another_s" {
  command = plan

  variables {
    environments = ["prod", "prod-eu"]
  }

  expect_failures = [var.environments]
}

run "an_environment_cannot_be_called_pipeline" {
  command = plan

  variables {
    environments = ["pipeline-a"]
  }

  expect_failures = [var.environments]
}
