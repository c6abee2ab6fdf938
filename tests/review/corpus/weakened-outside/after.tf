resource "aws_dynamodb_table" "orders" {
  name                        = "weakened-outside-orders"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  lifecycle {
    ignore_changes = [deletion_protection_enabled]
  }
}

resource "aws_sns_topic" "mail" {
  name         = "weakened-outside-mail"
  display_name = "Mail"
}
