resource "aws_iam_role" "deploy" {
  name = "deploy-trust-stranger"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::111122223333:role/ci", "arn:aws:iam::999988887777:root"] }
      Action    = "sts:AssumeRole"
    }]
  })
}
