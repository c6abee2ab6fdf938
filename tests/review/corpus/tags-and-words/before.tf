resource "aws_sqs_queue" "jobs" {
  name                      = "jobs-tags-and-words"
  message_retention_seconds = 86400
}

resource "aws_iam_role" "app" {
  name               = "app-tags-and-words"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_dynamodb_table" "carts" {
  name           = "carts-tags-and-words"
  hash_key       = "id"
  read_capacity  = 5
  write_capacity = 5

  attribute {
    name = "id"
    type = "S"
  }
}
