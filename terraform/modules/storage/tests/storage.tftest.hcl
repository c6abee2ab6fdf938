mock_provider "aws" {}

variables {
  prefix      = "storyizer-test"
  account     = { id = "000000000000", region = "us-east-1", partition = "aws" }
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"

  items = {
    stories = { table = { key = { partition = { name = "id" } } } }
    uploads = { bucket = { expire_days = 30 } }
    jobs    = { queue = { visibility = 90, fifo = true } }
  }
}

run "each_item_is_addressed_by_the_name_that_its_kind_has" {
  command = plan

  assert {
    condition     = module.table["stories"].name == "storyizer-test-stories" && output.values["stories"] == "storyizer-test-stories"
    error_message = "The table is not named by the prefix and its key."
  }

  assert {
    condition     = module.queue["jobs"].name == "storyizer-test-jobs.fifo" && output.queues["jobs"].dead_letters.name == "storyizer-test-jobs-dead-letters.fifo"
    error_message = "The queue is not named by the prefix and its key."
  }

  assert {
    condition     = jsonencode(output.services) == jsonencode({ jobs = "sqs", stories = "dynamodb", uploads = "s3" })
    error_message = jsonencode(output.services)
  }
}

run "each_item_gives_the_kinds_of_access_that_it_has" {
  command = plan

  assert {
    condition     = jsonencode({ for key, access in output.access : key => keys(access) }) == jsonencode({ jobs = ["receive", "send"], stories = ["read-only", "read-write"], uploads = ["read-only", "read-write"] })
    error_message = jsonencode({ for key, access in output.access : key => keys(access) })
  }

  assert {
    condition     = output.access["uploads"]["read-only"][1].Resource == ["arn:aws:s3:::storyizer-test-uploads-000000000000"]
    error_message = "The bucket's name is not made unique by the account."
  }
}

run "nothing_at_all_is_kept_by_default" {
  command = plan

  variables {
    items = {}
  }

  assert {
    condition     = length(output.values) == 0 && length(output.access) == 0
    error_message = "There is something although nothing was asked for."
  }
}

run "an_item_is_one_thing" {
  command = plan

  variables {
    items = { both = { bucket = {}, queue = {} } }
  }

  expect_failures = [var.items]
}

run "an_item_is_something" {
  command = plan

  variables {
    items = { nothing = {} }
  }

  expect_failures = [var.items]
}

run "a_name_that_does_not_fit_into_a_buckets_is_refused" {
  command = plan

  variables {
    items = { abcdefghijklmnopqrstu = { bucket = {} } }
  }

  expect_failures = [var.items]
}
