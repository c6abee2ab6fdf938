resource "aws_s3_bucket" "ledger" {
  bucket = "ledger-bucket-tightened"
}

resource "aws_s3_bucket_policy" "ledger" {
  bucket = aws_s3_bucket.ledger.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Books", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.ledger.arn}/*" },
      { Sid = "OnlyTLS", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = [aws_s3_bucket.ledger.arn, "${aws_s3_bucket.ledger.arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } },
      { Sid = "OnlyFromInside", Effect = "Deny", Principal = { AWS = "*" }, NotAction = "s3:GetBucketPolicy", Resource = [aws_s3_bucket.ledger.arn, "${aws_s3_bucket.ledger.arn}/*"], Condition = { StringNotEquals = { "aws:SourceVpce" = "vpce-0a1b2c3d" } } },
    ]
  })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "ledger" {
  bucket = aws_s3_bucket.ledger.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.ledger.arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_kms_key" "ledger" {
  description             = "The ledger"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    ]
  })
}

resource "aws_s3_bucket_lifecycle_configuration" "ledger" {
  bucket = aws_s3_bucket.ledger.id
  rule {
    id     = "cheaper"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    transition {
      days          = 90
      storage_class = "GLACIER_IR"
    }
  }
}
