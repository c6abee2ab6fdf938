import {
  to = aws_s3_bucket.media
  id = "media-imported"
}

resource "aws_s3_bucket" "media" {
  bucket = "media-imported"

  tags = { Team = "media" }
}
