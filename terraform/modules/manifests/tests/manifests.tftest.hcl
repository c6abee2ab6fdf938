# No provider is needed here, so these run in a second. What is said about each problem of a manifest is
# tested in tests/terraform/test_manifest_problems.py.

variables {
  services_dir = "./tests/fixtures/three"
  images = {
    save    = "registry/save@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    verbs   = "registry/verbs@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    website = "registry/website@sha256:3333333333333333333333333333333333333333333333333333333333333333"
    words   = "registry/words@sha256:4444444444444444444444444444444444444444444444444444444444444444"
  }
}

run "every_folder_with_a_manifest_is_a_service" {
  command = plan

  assert {
    condition     = join(" ", keys(output.services)) == "save website words"
    error_message = "services: ${join(", ", keys(output.services))}"
  }
}

run "a_manifest_with_paths_alone_takes_the_defaults" {
  command = plan

  assert {
    condition = jsonencode(output.services.words) == jsonencode({
      paths       = ["/api/words"]
      rules       = { "/api/words" = 39145 }
      is_default  = false
      port        = 8000
      cpu         = 256
      memory      = 512
      count       = 2
      health      = "/healthz"
      environment = {}
      table       = "none"
      image       = var.images.words
    })
    error_message = "words: ${jsonencode(output.services.words)}"
  }
}

run "a_manifest_overrides_every_default" {
  command = plan

  assert {
    condition = jsonencode(output.services.save) == jsonencode({
      paths       = ["/api/stories", "/api/story"]
      rules       = { "/api/stories" = 37249, "/api/story" = 39871 }
      is_default  = false
      port        = 9000
      cpu         = 1024
      memory      = 2048
      count       = 3
      health      = "/health"
      environment = { LOG_LEVEL = "debug" }
      table       = "read-write"
      image       = var.images.save
    })
    error_message = "save: ${jsonencode(output.services.save)}"
  }
}

run "the_root_path_is_the_default_action_and_no_rule" {
  command = plan

  assert {
    condition     = output.services.website.is_default && length(output.services.website.rules) == 0
    error_message = "website: ${jsonencode(output.services.website)}"
  }
}

run "a_fourth_service_appears_without_moving_the_others" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/four"
  }

  assert {
    condition     = join(" ", keys(output.services)) == "save verbs website words"
    error_message = "services: ${join(", ", keys(output.services))}"
  }

  assert {
    condition     = jsonencode([output.services.words.rules, output.services.save.rules]) == jsonencode([{ "/api/words" = 39145 }, { "/api/stories" = 37249, "/api/story" = 39871 }])
    error_message = "A priority moved because another service came."
  }
}

run "a_longer_path_wins_over_the_path_that_it_is_below" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/four"
  }

  assert {
    condition     = output.services.verbs.rules["/api/words/verbs"] < output.services.words.rules["/api/words"]
    error_message = "/api/words would take the requests for /api/words/verbs."
  }
}

run "two_services_with_one_path_are_refused" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/duplicate"
  }

  expect_failures = [output.services]
}

run "an_unknown_key_is_refused" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/unknown-key"
  }

  expect_failures = [output.services]
}

run "wrong_types_are_refused" {
  command = plan

  variables {
    services_dir = "./tests/fixtures/wrong-types"
  }

  expect_failures = [output.services]
}

run "a_service_without_an_image_is_refused" {
  command = plan

  variables {
    images = {}
  }

  expect_failures = [output.services]
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    images = {
      save    = "registry/save:latest"
      website = "registry/website@sha256:3333333333333333333333333333333333333333333333333333333333333333"
      words   = "registry/words@sha256:4444444444444444444444444444444444444444444444444444444444444444"
    }
  }

  expect_failures = [output.services]
}

run "a_folder_without_services_is_refused" {
  command = plan

  variables {
    services_dir = "./tests"
  }

  expect_failures = [output.services]
}
