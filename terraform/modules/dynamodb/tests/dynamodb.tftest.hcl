mock_provider "aws" {}

variables {
  name        = "storyizer-test-stories"
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
  holds       = "stories"
}

run "the_table_is_protected_backed_up_and_encrypted_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "The table can be deleted, or has no backups."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table is not encrypted with the environment's key."
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

run "keys_index_and_expiry_are_what_the_save_service_expects" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "id" && aws_dynamodb_table.this.range_key == null && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table's key is not id alone."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.global_secondary_index).name == "latest" && one(aws_dynamodb_table.this.global_secondary_index).hash_key == "shard" && one(aws_dynamodb_table.this.global_secondary_index).range_key == "created_at" && one(aws_dynamodb_table.this.global_secondary_index).projection_type == "ALL"
    error_message = "The index latest is not shard and created_at with all attributes."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at"
    error_message = "Stories do not expire by expires_at."
  }
}

run "index_arns_name_the_index" {
  override_resource {
    target = aws_dynamodb_table.this
    values = { arn = "arn:aws:dynamodb:us-east-1:000000000000:table/storyizer-test-stories" }
  }

  assert {
    condition     = join(" ", output.index_arns) == "arn:aws:dynamodb:us-east-1:000000000000:table/storyizer-test-stories/index/latest"
    error_message = join(" ", output.index_arns)
  }
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
