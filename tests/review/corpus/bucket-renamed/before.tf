resource "aws_s3_bucket" "reports" {
  bucket = "reports-before-renaming"

  tags = { Team = "finance" }
}
