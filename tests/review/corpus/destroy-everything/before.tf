resource "aws_cloudwatch_log_group" "web" {
  name              = "/destroy-everything/web"
  retention_in_days = 30
}

resource "aws_s3_bucket" "uploads" {
  bucket        = "uploads-destroy-everything"
  force_destroy = true
}

resource "aws_iam_role" "web" {
  name               = "web-destroy-everything"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_ecr_repository" "web" {
  name         = "destroy-everything/web"
  force_delete = true
}

output "bucket" {
  value = aws_s3_bucket.uploads.bucket
}
