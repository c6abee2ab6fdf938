mock_provider "aws" {}

variables {
  name        = "storyizer-test-stories"
  account     = { id = "000000000000", region = "us-east-1", partition = "aws" }
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
  holds       = "stories"
  counted_by  = "latest"
  expires     = "expires_at"

  key     = { partition = { name = "id" } }
  indexes = { latest = { partition = { name = "shard" }, sort = { name = "created_at" } } }
}

run "the_table_is_protected_backed_up_and_encrypted_by_default" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "The table can be deleted, or has no backups."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table is not encrypted with the environment's key."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.this.tags == tomap({ Name = var.name, Holds = "stories", CountedBy = "latest" })
    error_message = "The table has fixed capacity, or its tags do not say what it holds."
  }
}

run "deletion_protection_can_be_off" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "deletion_protection has no effect."
  }
}

run "keys_index_and_expiry_are_as_given" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "id" && aws_dynamodb_table.this.range_key == null
    error_message = "The table's key is not id alone."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.global_secondary_index).name == "latest" && one(aws_dynamodb_table.this.global_secondary_index).hash_key == "shard" && one(aws_dynamodb_table.this.global_secondary_index).range_key == "created_at" && one(aws_dynamodb_table.this.global_secondary_index).projection_type == "ALL"
    error_message = "The index latest is not shard and created_at with all attributes."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at"
    error_message = "Items do not expire by expires_at."
  }

  assert {
    condition     = toset([for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"]) == toset(["created_at S", "id S", "shard S"])
    error_message = "The attributes of the keys are not declared once each."
  }
}

run "types_projections_and_a_sort_key" {
  command = plan

  variables {
    key        = { partition = { name = "user", type = "number" }, sort = { name = "at", type = "binary" } }
    expires    = null
    counted_by = null

    indexes = {
      names = { partition = { name = "user", type = "number" }, attributes = [] }
      lists = { partition = { name = "kind" }, attributes = ["title", "author"] }
    }
  }

  assert {
    condition     = toset([for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"]) == toset(["at B", "kind S", "user N"])
    error_message = "The types of the attributes are not as given."
  }

  assert {
    condition     = jsonencode({ for index in aws_dynamodb_table.this.global_secondary_index : index.name => index.projection_type }) == jsonencode({ lists = "INCLUDE", names = "KEYS_ONLY" })
    error_message = "The indexes do not copy what was asked for."
  }

  assert {
    condition     = length(aws_dynamodb_table.this.ttl) == 0 && aws_dynamodb_table.this.range_key == "at" && !contains(keys(aws_dynamodb_table.this.tags), "CountedBy")
    error_message = "Something that was not given is set."
  }

  # With a sort key, Query is a right on the table as well.
  assert {
    condition     = jsonencode(output.access["read-only"][0].Action) == jsonencode(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]) && jsonencode(output.access["read-only"][1].Action) == jsonencode(["dynamodb:Query"])
    error_message = jsonencode(output.access["read-only"])
  }
}

run "access_is_to_exactly_this_table_its_indexes_and_its_key" {
  command = plan

  assert {
    condition = jsonencode(output.access["read-only"]) == jsonencode([
      { Action = ["dynamodb:GetItem", "dynamodb:BatchGetItem"], Condition = null, Effect = "Allow", Resource = ["arn:aws:dynamodb:us-east-1:000000000000:table/storyizer-test-stories"], Sid = "Table" },
      { Action = ["dynamodb:Query"], Condition = null, Effect = "Allow", Resource = ["arn:aws:dynamodb:us-east-1:000000000000:table/storyizer-test-stories/index/latest"], Sid = "Indexes" },
      { Action = ["kms:Decrypt"], Condition = { StringEquals = { "kms:ViaService" = "dynamodb.us-east-1.amazonaws.com" } }, Effect = "Allow", Resource = ["arn:aws:kms:us-east-1:000000000000:key/1"], Sid = "KeyThroughDynamoDB" },
    ])
    error_message = jsonencode(output.access["read-only"])
  }

  assert {
    condition     = jsonencode(output.access["read-write"][0].Action) == jsonencode(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem"])
    error_message = jsonencode(output.access["read-write"])
  }
}

run "actions_narrow_the_access" {
  command = plan

  variables {
    actions = { read = ["GetItem", "Query"], write = ["PutItem", "UpdateItem"] }
  }

  assert {
    condition     = jsonencode(output.access["read-write"][*].Action) == jsonencode([["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ["dynamodb:Query"], ["kms:Decrypt"]])
    error_message = jsonencode(output.access["read-write"])
  }
}

run "a_table_without_an_index_gives_no_right_to_one" {
  command = plan

  variables {
    indexes    = {}
    counted_by = null
  }

  assert {
    condition     = jsonencode(output.access["read-only"][*].Sid) == jsonencode(["Table", "KeyThroughDynamoDB"])
    error_message = jsonencode(output.access["read-only"])
  }
}

run "a_right_on_the_table_itself_cannot_be_given" {
  command = plan

  variables {
    actions = { read = ["GetItem"], write = ["DeleteTable"] }
  }

  expect_failures = [var.actions]
}

run "a_name_that_dynamodb_does_not_take_is_refused" {
  command = plan

  variables {
    name = "a"
  }

  expect_failures = [var.name]
}

run "what_is_lost_with_the_table_is_a_word" {
  command = plan

  variables {
    holds = "{}"
  }

  expect_failures = [var.holds]
}

run "an_unknown_type_is_refused" {
  command = plan

  variables {
    key = { partition = { name = "id", type = "string" } }
  }

  expect_failures = [var.key]
}

run "one_attribute_cannot_be_both_keys" {
  command = plan

  variables {
    key = { partition = { name = "id" }, sort = { name = "id" } }
  }

  expect_failures = [var.key]
}

run "an_attribute_has_one_type" {
  command = plan

  variables {
    indexes = { latest = { partition = { name = "id", type = "number" } } }
  }

  expect_failures = [var.indexes]
}

run "an_index_name_of_one_letter_is_refused" {
  command = plan

  variables {
    counted_by = null
    indexes    = { l = { partition = { name = "shard" } } }
  }

  expect_failures = [var.indexes]
}

run "items_are_counted_by_an_index_that_is_there" {
  command = plan

  variables {
    counted_by = "newest"
  }

  expect_failures = [var.counted_by]
}
