mock_provider "aws" {}

variables {
  project      = "storyizer"
  account_id   = "111111111111"
  region       = "us-east-1"
  services_dir = "./tests/fixtures/three"
}

run "every_service_has_a_repository" {
  command = plan

  assert {
    condition     = join(" ", keys(output.repository_urls)) == "save website words"
    error_message = "repositories: ${join(" ", keys(output.repository_urls))}"
  }
}

run "a_folder_more_is_a_repository_more" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/four"
  }

  assert {
    condition     = join(" ", keys(output.repository_urls)) == "save verbs website words"
    error_message = "repositories: ${join(" ", keys(output.repository_urls))}"
  }
}

run "a_repository_can_outlive_its_folder" {
  command = plan

  variables {
    keep_repositories = ["verbs", "words"]
  }

  assert {
    condition     = join(" ", keys(output.repository_urls)) == "save verbs website words"
    error_message = "repositories: ${join(" ", keys(output.repository_urls))}"
  }
}

run "an_account_id_that_lost_its_zeros_is_refused" {
  command = plan

  variables {
    account_id = "1234"
  }

  expect_failures = [var.account_id]
}
