resource "aws_cloudwatch_log_group" "audit" {
  name              = "/retention/audit"
  retention_in_days = 7
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/retention/web"
  retention_in_days = 90
}

resource "aws_cloudwatch_log_group" "jobs" {
  name              = "/retention/jobs"
  retention_in_days = 400
}

resource "aws_cloudwatch_log_group" "old" {
  name              = "/retention/old"
  retention_in_days = 0
}
