resource "aws_sqs_queue" "jobs" {
  name                    = "jobs-policy-public"
  sqs_managed_sse_enabled = false

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:us-east-1:111122223333:jobs-policy-public"
    }]
  })
}
