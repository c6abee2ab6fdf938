resource "aws_kms_key" "data" {
  description             = "Data of key-new"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "IAM", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      { Sid = "Logs", Effect = "Allow", Principal = { Service = "logs.us-east-1.amazonaws.com" }, Action = ["kms:Decrypt*", "kms:GenerateDataKey*"], Resource = "*",
      Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:111122223333:log-group:*" } } },
    ]
  })
}

resource "aws_kms_alias" "data" {
  name          = "alias/key-new"
  target_key_id = aws_kms_key.data.key_id
}
