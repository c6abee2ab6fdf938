resource "aws_dynamodb_table" "carts" {
  name                        = "carts-grows"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "owner"
    type = "S"
  }

  global_secondary_index {
    name            = "owner"
    hash_key        = "owner"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }
}
