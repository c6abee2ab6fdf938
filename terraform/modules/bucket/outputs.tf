output "name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "access" {
  description = "Policy statements for read-only and read-write access."
  value       = local.access

  # What is written before is not encrypted with the environment's key.
  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this, aws_s3_bucket_policy.this]
}
