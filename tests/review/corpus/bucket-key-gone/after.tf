resource "aws_s3_bucket" "tenant" {
  for_each = toset(["ada", "eve"])
  bucket   = "tenant-${each.key}-key-gone"
}
