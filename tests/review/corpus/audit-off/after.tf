resource "aws_s3_bucket" "trail" {
  bucket = "trail-audit-off"
}

resource "aws_cloudtrail" "all" {
  name                          = "all-audit-off"
  s3_bucket_name                = aws_s3_bucket.trail.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_logging                = false
}
