# One key for all that the environment keeps: stories and logs.

resource "aws_kms_key" "this" {
  description             = "Stories and logs of ${local.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RightsAreGivenByIAM"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.account.partition}:iam::${local.account.id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "CloudWatchLogs"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.account.region}.amazonaws.com" }
        Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.account.partition}:logs:${local.account.region}:${local.account.id}:log-group:*" }
        }
      },
    ]
  })

  tags = { Name = local.prefix }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.prefix}"
  target_key_id = aws_kms_key.this.key_id
}
