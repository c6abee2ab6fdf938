resource "aws_dynamodb_table" "this" {
  hash_key = "story"

  attribute {
    name = "story"
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
}
