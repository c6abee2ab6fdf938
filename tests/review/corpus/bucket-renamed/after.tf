resource "aws_s3_bucket" "reports" {
  bucket = "reports-after-renaming"

  tags = { Team = "finance" }
}
