resource "aws_sqs_queue" "jobs" {
  name                      = "jobs-tags-and-words"
  message_retention_seconds = 345600

  tags = { Team = "jobs", PublicAccess = "none" }
}

resource "aws_iam_role" "app" {
  name               = "app-tags-and-words"
  description        = "What the application may do: password resets, * and 0.0.0.0/0 are only words here"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_dynamodb_table" "carts" {
  name           = "carts-tags-and-words"
  hash_key       = "id"
  read_capacity  = 50
  write_capacity = 50

  attribute {
    name = "id"
    type = "S"
  }

  tags = { Team = "shop" }
}
