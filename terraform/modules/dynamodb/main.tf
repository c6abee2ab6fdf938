resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "shard"
    type = "S"
  }

  attribute {
    name = "created_at"
    type = "S"
  }

  # Newest stories first. The writer spreads the items over several shards: one partition takes 1,000 writes/s.
  global_secondary_index {
    name            = "latest"
    hash_key        = "shard"
    range_key       = "created_at"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  # What is lost with the table, in a word, and the index that holds what counts: `down` says both before it destroys it.
  tags = {
    Name      = var.name
    Holds     = var.holds
    CountedBy = "latest"
  }
}
