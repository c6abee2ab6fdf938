resource "aws_iam_policy" "reports" {
  name = "reports-rearranged"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = ["arn:aws:s3:::reports/*"] },
      { Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::reports" },
    ]
  })
}
