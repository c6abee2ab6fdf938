resource "aws_iam_role" "worker" {
  name               = "worker-deny-dropped"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "worker" {
  name = "work"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "dynamodb:*", Resource = "arn:aws:dynamodb:us-east-1:111122223333:table/*" },
      { Effect = "Deny", Action = "dynamodb:DeleteTable", Resource = "*" },
    ]
  })
}
