mock_provider "aws" {}

variables {
  name        = "storyizer-test-uploads-000000000000"
  account     = { id = "000000000000", region = "us-east-1", partition = "aws" }
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
  holds       = "uploads"
}

run "nothing_in_the_bucket_is_public" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "Public access is not blocked."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Objects may have ACLs."
  }

  assert {
    condition = jsonencode(jsondecode(aws_s3_bucket_policy.this.policy).Statement) == jsonencode([{
      Action    = "s3:*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
      Effect    = "Deny"
      Principal = "*"
      Resource  = ["arn:aws:s3:::storyizer-test-uploads-000000000000", "arn:aws:s3:::storyizer-test-uploads-000000000000/*"]
      Sid       = "EncryptedConnectionsOnly"
    }])
    error_message = aws_s3_bucket_policy.this.policy
  }
}

run "objects_are_encrypted_with_the_environments_key" {
  command = plan

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" && one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
    error_message = "Objects are not encrypted with the environment's key."
  }
}

run "a_protected_bucket_with_objects_is_not_deleted" {
  command = plan

  assert {
    condition     = !aws_s3_bucket.this.force_destroy && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Objects are deleted with the bucket, or former versions are not kept."
  }
}

run "an_unprotected_bucket_goes_with_its_objects" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy
    error_message = "deletion_protection has no effect."
  }
}

run "objects_expire_when_asked_for" {
  command = plan

  variables {
    expire_days = 30
    versions    = false
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.expiration[0].days if length(rule.expiration) > 0] == [30]
    error_message = "expire_days has no effect."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Suspended"
    error_message = "versions has no effect."
  }
}

run "incomplete_uploads_and_former_versions_never_stay" {
  command = plan

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id if rule.status == "Enabled"] == ["incomplete-uploads", "former-versions"]
    error_message = "The lifecycle rules are not the two that every bucket has."
  }
}

run "access_is_to_exactly_this_bucket_and_its_key" {
  command = plan

  assert {
    condition = jsonencode(output.access["read-only"]) == jsonencode([
      { Action = ["s3:GetObject"], Condition = null, Effect = "Allow", Resource = ["arn:aws:s3:::storyizer-test-uploads-000000000000/*"], Sid = "Objects" },
      { Action = ["s3:ListBucket"], Condition = null, Effect = "Allow", Resource = ["arn:aws:s3:::storyizer-test-uploads-000000000000"], Sid = "List" },
      { Action = ["kms:Decrypt"], Condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } }, Effect = "Allow", Resource = ["arn:aws:kms:us-east-1:000000000000:key/1"], Sid = "KeyThroughS3" },
    ])
    error_message = jsonencode(output.access["read-only"])
  }

  assert {
    condition     = jsonencode(output.access["read-write"][*].Action) == jsonencode([["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"], ["s3:ListBucket"], ["kms:Decrypt", "kms:GenerateDataKey"]])
    error_message = jsonencode(output.access["read-write"])
  }
}

run "a_name_that_s3_does_not_take_is_refused" {
  command = plan

  variables {
    name = "Uploads"
  }

  expect_failures = [var.name]
}

run "objects_do_not_expire_in_parts_of_a_day" {
  command = plan

  variables {
    expire_days = 0.5
  }

  expect_failures = [var.expire_days]
}

run "what_is_lost_with_the_bucket_is_a_word" {
  command = plan

  variables {
    holds = "Uploads!"
  }

  expect_failures = [var.holds]
}
