variable "database_password" {
  type      = string
  sensitive = true
  default   = "correct-horse-battery"
}

resource "aws_kms_key" "data" {
  description = "Customer data"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    ]
  })
}

resource "aws_ssm_parameter" "database_password" {
  name  = "/secrets-handed-out/database-password"
  type  = "SecureString"
  value = var.database_password
}
