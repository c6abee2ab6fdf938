resource "aws_security_group" "web" {
  name        = "web-narrowed"
  description = "Web"

  ingress {
    cidr_blocks = ["10.1.0.0/16"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }
}

resource "aws_sns_topic_policy" "events" {
  arn = aws_sns_topic.events.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "arn:aws:sns:us-east-1:111122223333:events-narrowed", Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } } }]
  })
}

resource "aws_sns_topic" "events" {
  name = "events-narrowed"
}

resource "aws_iam_role" "old" {
  name               = "old-narrowed"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
