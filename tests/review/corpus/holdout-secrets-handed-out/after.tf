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
      { Sid = "Partner", Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:root" }, Action = ["kms:Decrypt", "kms:CreateGrant"], Resource = "*" },
    ]
  })
}

resource "aws_ssm_parameter" "database_password" {
  name  = "/secrets-handed-out/database-password"
  type  = "String"
  value = var.database_password
}
