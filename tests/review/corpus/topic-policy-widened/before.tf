resource "aws_sns_topic" "events" {
  name = "events-policy-widened"
}

resource "aws_sns_topic_policy" "events" {
  arn = aws_sns_topic.events.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sns:Subscribe"
      Resource  = "arn:aws:sns:us-east-1:111122223333:events-policy-widened"
    }]
  })
}
