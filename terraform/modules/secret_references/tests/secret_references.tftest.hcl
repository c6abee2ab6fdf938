variables {
  account = { id = "000000000000", region = "us-east-1", partition = "aws" }
}

run "parameters_are_read_by_their_arn" {
  command = plan

  variables {
    secrets = {
      BY_NAME  = { parameter = "/storyizer/api-key" }
      BY_WORD  = { parameter = "api-key" }
      BY_ARN   = { parameter = "arn:aws:ssm:eu-central-1:111111111111:parameter/shared/key" }
      WITH_KEY = { parameter = "/storyizer/token", kms_key = "arn:aws:kms:us-east-1:000000000000:key/1" }
    }
  }

  assert {
    condition = jsonencode(output.references) == jsonencode({
      BY_NAME  = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/api-key"], kms_key_arns = [] }
      BY_WORD  = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/api-key", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/api-key"], kms_key_arns = [] }
      BY_ARN   = { value_from = "arn:aws:ssm:eu-central-1:111111111111:parameter/shared/key", arns = ["arn:aws:ssm:eu-central-1:111111111111:parameter/shared/key"], kms_key_arns = [] }
      WITH_KEY = { value_from = "arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/token", arns = ["arn:aws:ssm:us-east-1:000000000000:parameter/storyizer/token"], kms_key_arns = ["arn:aws:kms:us-east-1:000000000000:key/1"] }
    })
    error_message = jsonencode(output.references)
  }
}

run "a_secret_by_name_may_have_any_six_characters_at_its_end_and_nothing_else" {
  command = plan

  variables {
    secrets = {
      WHOLE  = { secret = "prod/db" }
      KEY    = { secret = "prod/db", key = "password" }
      BY_ARN = { secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1B2c3", key = "password" }
    }
  }

  assert {
    condition = jsonencode(output.references) == jsonencode({
      WHOLE  = { value_from = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db", arns = ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-??????"], kms_key_arns = [] }
      KEY    = { value_from = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db:password::", arns = ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-??????"], kms_key_arns = [] }
      BY_ARN = { value_from = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1B2c3:password::", arns = ["arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1B2c3"], kms_key_arns = [] }
    })
    error_message = jsonencode(output.references)
  }
}

run "no_secrets_no_references" {
  command = plan

  variables {
    secrets = {}
  }

  assert {
    condition     = length(output.references) == 0
    error_message = jsonencode(output.references)
  }
}

run "a_parameter_and_a_secret_at_once_are_refused" {
  command = plan

  variables {
    secrets = { A = { parameter = "/a", secret = "a" } }
  }

  expect_failures = [var.secrets]
}

run "neither_a_parameter_nor_a_secret_is_refused" {
  command = plan

  variables {
    secrets = { A = { key = "password" } }
  }

  expect_failures = [var.secrets]
}

run "a_parameter_has_no_keys" {
  command = plan

  variables {
    secrets = { A = { parameter = "/a", key = "password" } }
  }

  expect_failures = [var.secrets]
}

run "a_parameter_by_a_pattern_is_refused" {
  command = plan

  variables {
    secrets = { A = { parameter = "/storyizer/*" } }
  }

  expect_failures = [var.secrets]
}

run "a_secret_by_a_pattern_is_refused" {
  command = plan

  variables {
    secrets = { A = { secret = "prod/*" } }
  }

  expect_failures = [var.secrets]
}

run "a_name_that_looks_like_the_end_of_an_arn_is_refused" {
  command = plan

  variables {
    secrets = { A = { secret = "db-backup" } }
  }

  expect_failures = [var.secrets]
}

run "a_key_by_its_alias_is_refused" {
  command = plan

  variables {
    secrets = { A = { parameter = "/a", kms_key = "arn:aws:kms:us-east-1:000000000000:alias/mine" } }
  }

  expect_failures = [var.secrets]
}
