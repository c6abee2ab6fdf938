resource "aws_s3_bucket" "scans" {
  bucket = "scans-data-expires"
}

resource "aws_dynamodb_table" "carts" {
  name         = "carts-data-expires"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
