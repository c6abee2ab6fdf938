mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  project            = "storyizer"
  environment        = "staging"
  account_id         = "111111111111"
  region             = "us-east-1"
  availability_zones = ["us-east-1a", "us-east-1b"]

  services = {
    save    = { paths = ["/api/stories", "/api/story"], rules = { "/api/stories" = 37001, "/api/story" = 39002 }, port = 9000, cpu = 1024, memory = 2048, count = 3, health = "/health", environment = { LOG_LEVEL = "debug" }, grants = [{ item = "stories", access = "read-write", variable = "STORIES_TABLE" }] }
    website = { paths = ["/"], is_default = true }
    words   = { paths = ["/api/words"], rules = { "/api/words" = 39003 } }
  }

  storage = {
    stories = { table = { key = { partition = { name = "id" } }, expires = "expires_at" } }
  }

  images = {
    save    = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/save@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    verbs   = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/verbs@sha256:2222222222222222222222222222222222222222222222222222222222222222"
    website = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/website@sha256:3333333333333333333333333333333333333333333333333333333333333333"
    words   = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:4444444444444444444444444444444444444444444444444444444444444444"
  }
}

run "names_say_project_and_environment" {
  command = plan

  assert {
    condition     = output.cluster_name == "storyizer-staging" && output.load_balancer_name == "storyizer-staging" && output.storage["stories"] == "storyizer-staging-stories" && output.log_groups["words"] == "/ecs/storyizer-staging/words"
    error_message = "Names do not follow project-environment."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/storyizer-staging"
    error_message = "The key does not rotate or has no alias."
  }
}

run "a_folder_more_is_a_service_more" {
  command = plan

  variables {
    services = {
      save    = { paths = ["/api/stories"], rules = { "/api/stories" = 37001 } }
      verbs   = { paths = ["/api/verbs"], rules = { "/api/verbs" = 39004 } }
      website = { paths = ["/"], is_default = true }
      words   = { paths = ["/api/words"], rules = { "/api/words" = 39003 } }
    }
  }

  assert {
    condition     = join(" ", output.service_names) == "save verbs website words" && contains(keys(output.log_groups), "verbs")
    error_message = "services: ${join(" ", output.service_names)}"
  }
}

# A first plan: no target group has an ARN yet.
run "a_service_can_have_several_ports" {
  command = plan

  variables {
    services = {
      website = { paths = ["/"], is_default = true }
      words = {
        paths  = ["/api/words"]
        rules  = { "/api/words" = 39003 }
        alarms = { unhealthy = 1, rollback = ["unhealthy"] }
        ports  = { 9000 = { paths = ["/api/words/admin"], health = "/ready", rules = { "/api/words/admin" = 33001 } } }
      }
    }
    dashboard = true
  }

  assert {
    condition     = join(" ", output.service_names) == "website words"
    error_message = "services: ${join(" ", output.service_names)}"
  }
}

run "a_path_of_two_ports_is_refused" {
  command = plan

  variables {
    services = {
      words = { paths = ["/api/words"], rules = { "/api/words" = 39003 }, ports = { 9000 = { paths = ["/api/words"] } } }
    }
  }

  expect_failures = [var.services]
}

run "ports_of_a_service_that_nobody_reaches_are_refused" {
  command = plan

  variables {
    services = {
      words = { kind = "backend", ports = { 9000 = { paths = ["/api/words"] } } }
    }
  }

  expect_failures = [var.services]
}

run "production_has_its_address" {
  command = plan

  variables {
    environment        = "production"
    availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    certificate_arn    = "arn:aws:acm:us-east-1:111111111111:certificate/1"
    domain_name        = "storyizer.example.com"
    dns_zone_id        = "Z1"
    counts             = { website = 6 }
  }

  assert {
    condition     = output.url == "https://storyizer.example.com" && aws_route53_record.this[0].name == "storyizer.example.com"
    error_message = "url: ${output.url}"
  }
}

run "production_without_a_certificate_is_refused" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.certificate_arn]
}

run "a_certificate_without_its_name_is_refused" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/1"
  }

  expect_failures = [var.certificate_arn]
}

run "a_zone_without_a_name_in_it_is_refused" {
  command = plan

  variables {
    dns_zone_id = "Z1"
  }

  expect_failures = [aws_route53_record.this]
}

run "real_credentials_for_tasks_are_refused" {
  command = plan

  variables {
    environment      = "local"
    task_environment = { AWS_ACCESS_KEY_ID = "not-the-dummy", AWS_SECRET_ACCESS_KEY = "test" }
  }

  expect_failures = [var.task_environment]
}

run "dummy_credentials_for_tasks_are_refused_on_aws" {
  command = plan

  variables {
    task_environment = { AWS_ACCESS_KEY_ID = "test" }
  }

  expect_failures = [var.task_environment]
}

run "counts_that_name_no_service_are_reported" {
  command = plan

  variables {
    counts = { wrods = 3 }
  }

  expect_failures = [check.counts]
}

run "counts_of_what_is_scaled_are_reported" {
  command = plan

  variables {
    counts = { words = 3, save = 2 }

    services = {
      save    = { paths = ["/api/stories"], rules = { "/api/stories" = 37001 } }
      website = { paths = ["/"], is_default = true }
      words   = { paths = ["/api/words"], rules = { "/api/words" = 39003 }, scaling = { min = 1, max = 4, cpu = 60 } }
    }
  }

  expect_failures = [check.counts]
}

run "an_account_id_that_lost_its_zeros_is_refused" {
  command = plan

  variables {
    account_id = "1234"
  }

  expect_failures = [var.account_id]
}

run "an_environment_name_that_is_too_long_is_refused" {
  command = plan

  variables {
    environment = "a-feature-branch-with-a-name"
  }

  expect_failures = [var.environment]
}

run "a_service_without_an_image_is_refused" {
  command = plan

  variables {
    images = {}
  }

  expect_failures = [var.images]
}

run "a_path_of_two_services_is_refused" {
  command = plan

  variables {
    services = {
      verbs = { paths = ["/api/words"], rules = { "/api/words" = 39003 } }
      words = { paths = ["/api/words"], rules = { "/api/words" = 39003 } }
    }
  }

  expect_failures = [var.services]
}

run "a_name_that_no_service_can_have_is_refused" {
  command = plan

  variables {
    services = { Words = { paths = ["/"], is_default = true } }
    images   = { Words = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:4444444444444444444444444444444444444444444444444444444444444444" }
  }

  expect_failures = [var.services]
}

run "a_manifest_that_has_changed_since_it_was_read_is_reported" {
  command = plan

  variables {
    services = {
      website = { paths = ["/"], is_default = true }
      words   = { paths = ["/api/words"], rules = { "/api/words" = 39003 }, manifest_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
    }
  }

  expect_failures = [check.manifests]
}

run "services_of_every_kind" {
  command = plan

  variables {
    services = {
      clock   = { kind = "sidecar", environment = { ZONE = "UTC" } }
      mailer  = { kind = "worker", grants = [{ item = "mailer", access = "receive", variable = "QUEUE_URL" }], alarms = { dead_letters = 1 }, scaling = { min = 1, max = 5, backlog = 10 } }
      nightly = { kind = "job", schedule = "rate(1 day)" }
      prices  = { kind = "backend", port = 9000 }
      shop = {
        paths          = ["/"]
        is_default     = true
        call_variables = { prices = "PRICES_URL" }
        secrets        = { KEY = { parameter = "/shop/key" } }
        sidecars       = { clock = { memory = 64, before = true, environment = { OF = "shop" } } }
        grants         = [{ item = "uploads", access = "read-write", variable = "UPLOADS_BUCKET" }, { item = "mailer", access = "send", variable = "MAILER_QUEUE" }]
        alarms         = { errors = 5, rollback = ["errors"] }
      }
    }

    storage = {
      mailer  = { queue = { visibility = 60 } }
      uploads = { bucket = { versions = true } }
    }

    images = {
      clock   = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/clock@sha256:1111111111111111111111111111111111111111111111111111111111111111"
      mailer  = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/mailer@sha256:2222222222222222222222222222222222222222222222222222222222222222"
      nightly = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/nightly@sha256:3333333333333333333333333333333333333333333333333333333333333333"
      prices  = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/prices@sha256:4444444444444444444444444444444444444444444444444444444444444444"
      shop    = "111111111111.dkr.ecr.us-east-1.amazonaws.com/storyizer/shop@sha256:5555555555555555555555555555555555555555555555555555555555555555"
    }
  }

  assert {
    condition     = join(" ", output.service_names) == "mailer nightly prices shop" && join(" ", keys(output.task_definitions)) == "mailer nightly prices shop"
    error_message = "A sidecar is no service of its own, all others are: ${join(" ", output.service_names)}"
  }

  assert {
    condition     = join(" ", keys(output.jobs)) == "nightly" && length(aws_service_discovery_http_namespace.this) == 1
    error_message = "The job has no state machine, or calls have no namespace."
  }

  assert {
    condition     = join(" ", keys(output.storage)) == "mailer uploads"
    error_message = "storage: ${join(" ", keys(output.storage))}"
  }
}

run "services_that_call_nobody_need_no_namespace" {
  command = plan

  assert {
    condition     = length(aws_service_discovery_http_namespace.this) == 0 && length(output.jobs) == 0
    error_message = "There is a namespace or a job that nobody asked for."
  }
}
