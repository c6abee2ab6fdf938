resource "aws_iam_policy" "reports" {
  name = "reports-rearranged"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "List", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::reports"] },
      { Sid = "Write", Effect = "Allow", Action = "s3:putobject", Resource = "arn:aws:s3:::reports/*" },
      { Sid = "Read", Effect = "Allow", Action = "S3:GetObject", Resource = "arn:aws:s3:::reports/*" },
    ]
  })
}
