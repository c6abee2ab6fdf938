resource "aws_dynamodb_table" "orders" {
  for_each = toset(["eu", "us", "asia"])

  name         = "deleted-orders-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = each.key == "eu"
  }
}

resource "aws_cloudwatch_log_group" "orders" {
  name              = "/deleted-outside/orders"
  retention_in_days = 30
}

# The same queue under another name in the code, without a `moved` block.
resource "aws_sqs_queue" "work" {
  name = "jobs-deleted-outside"
}

resource "aws_s3_bucket" "scans" {
  bucket = "scans-deleted-outside"
}

resource "aws_s3_bucket_public_access_block" "scans" {
  bucket                  = aws_s3_bucket.scans.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly-deleted-outside"
  schedule_expression = "rate(1 day)"
}

# Made anew because of the log group, and not deleted by anybody.
resource "terraform_data" "export" {
  triggers_replace = aws_cloudwatch_log_group.orders.arn
}
