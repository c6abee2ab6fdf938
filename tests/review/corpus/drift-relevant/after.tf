resource "aws_sqs_queue" "jobs" {
  name                       = "jobs-drift-relevant"
  visibility_timeout_seconds = 60
}

resource "terraform_data" "worker" {
  input = { timeout = aws_sqs_queue.jobs.visibility_timeout_seconds, queue = aws_sqs_queue.jobs.url }
}
