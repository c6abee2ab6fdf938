resource "aws_s3_bucket" "media" {
  bucket = "media-drift-irrelevant"

  lifecycle {
    ignore_changes = [tags, tags_all]
  }
}

resource "aws_sqs_queue" "jobs" {
  name          = "jobs-drift-irrelevant"
  delay_seconds = 5
}
