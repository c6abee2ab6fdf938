removed {
  from = aws_s3_bucket.legacy

  lifecycle {
    destroy = false
  }
}
