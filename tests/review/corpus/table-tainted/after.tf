resource "aws_dynamodb_table" "carts" {
  name         = "carts-tainted"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
