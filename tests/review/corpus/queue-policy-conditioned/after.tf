resource "aws_sqs_queue" "uploads" {
  name                    = "uploads-policy-conditioned"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "uploads" {
  queue_url = "https://sqs.us-east-1.amazonaws.com/111122223333/uploads-policy-conditioned"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:us-east-1:111122223333:uploads-policy-conditioned"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = "arn:aws:s3:::uploads" }
        StringEquals = { "aws:SourceAccount" = "111122223333" }
      }
      }, {
      Effect    = "Allow"
      Principal = "*"
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:us-east-1:111122223333:uploads-policy-conditioned"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    }]
  })
}
