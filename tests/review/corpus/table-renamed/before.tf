resource "aws_dynamodb_table" "carts" {
  name         = "carts-table-renamed"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
