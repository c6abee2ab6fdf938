resource "aws_security_group" "web" {
  name        = "web-narrowed"
  description = "Web"

  ingress {
    cidr_blocks = ["0.0.0.0/0"]
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
  }

  ingress {
    cidr_blocks = ["10.0.0.0/8"]
    from_port   = 0
    to_port     = 65535
    protocol    = "tcp"
  }
}

resource "aws_sns_topic_policy" "events" {
  arn = aws_sns_topic.events.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sns:Publish", Resource = "arn:aws:sns:us-east-1:111122223333:events-narrowed" }]
  })
}

resource "aws_sns_topic" "events" {
  name = "events-narrowed"
}

resource "aws_iam_role" "old" {
  name               = "old-narrowed"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy_attachment" "old" {
  role       = aws_iam_role.old.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
