moved {
  from = aws_s3_bucket.a
  to   = aws_s3_bucket.media["eu"]
}

resource "aws_s3_bucket" "media" {
  for_each = { eu = "moved-and-tagged" }
  bucket   = each.value

  tags = { Region = each.key }
}
