resource "aws_sqs_queue" "jobs" {
  name                    = "jobs-data-deferred"
  sqs_managed_sse_enabled = true
}

data "aws_iam_policy_document" "jobs" {
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [aws_sqs_queue.jobs.arn]
  }
}

resource "aws_iam_policy" "jobs" {
  name   = "jobs-data-deferred"
  policy = data.aws_iam_policy_document.jobs.json
}
