resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.${count.index}.0/24"
  availability_zone = "us-east-1${count.index == 0 ? "a" : "b"}"
}

resource "aws_lb" "admin" {
  name                       = "walls-down"
  internal                   = true
  subnets                    = aws_subnet.main[*].id
  enable_deletion_protection = true
}

resource "aws_lb_target_group" "admin" {
  name     = "walls-down"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_cognito_user_pool" "staff" {
  name                = "walls-down"
  mfa_configuration   = "ON"
  deletion_protection = "ACTIVE"

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_ecs_task_definition" "worker" {
  family = "walls-down"
  container_definitions = jsonencode([{
    name                   = "worker"
    image                  = "worker:1"
    memory                 = 128
    readonlyRootFilesystem = true
  }])
}

resource "aws_kms_key" "data" {
  description         = "walls-down"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
    }]
  })
}

resource "aws_dynamodb_table" "orders" {
  name                        = "walls-down"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "customer"
    type = "S"
  }

  global_secondary_index {
    name            = "by-customer"
    hash_key        = "customer"
    projection_type = "ALL"
  }
}

resource "aws_sqs_queue" "orders" {
  name = "walls-down"
}

resource "aws_sns_topic" "orders" {
  name = "walls-down"
}

resource "aws_sns_topic_subscription" "orders" {
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.orders.arn
}
