resource "aws_s3_bucket" "site" {
  bucket = "site-acl-public"
}

resource "aws_s3_bucket_ownership_controls" "site" {
  bucket = aws_s3_bucket.site.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "site" {
  bucket = aws_s3_bucket_ownership_controls.site.bucket
  acl    = "public-read-write"
}
