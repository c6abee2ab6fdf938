resource "aws_s3_bucket" "tenant" {
  for_each = toset(["ada", "bob", "eve"])
  bucket   = "tenant-${each.key}-key-gone"
}
