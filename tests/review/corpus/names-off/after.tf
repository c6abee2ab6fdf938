resource "aws_vpc" "main" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_support   = false
  enable_dns_hostnames = false
}

resource "aws_security_group" "web" {
  name        = "names-off-web"
  description = "Web servers"
  vpc_id      = aws_vpc.main.id
}


resource "aws_dynamodb_table" "orders" {
  name         = "names-off-orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "day"
    type = "S"
  }

  global_secondary_index {
    name            = "by-day"
    hash_key        = "day"
    projection_type = "KEYS_ONLY"
  }
}
