# A job: a state machine that runs one task and waits for it and, if there is one, the schedule that starts it. Beside it:
# definition.tf (what the state machine does) and iam.tf (what the two may do).

locals {
  full_name         = "${var.prefix}-${var.name}"
  arn_end           = "${var.account.region}:${var.account.id}"
  state_machine_arn = "arn:${var.account.partition}:states:${local.arn_end}:stateMachine:${local.full_name}"
  dead_letters_name = "${local.full_name}-not-started"
  dead_letters_arn  = "arn:${var.account.partition}:sqs:${local.arn_end}:${local.dead_letters_name}"

  # Without a schedule there is nothing that could fail to start the state machine either.
  scheduled = var.schedule == null ? 0 : 1
}

resource "aws_sfn_state_machine" "this" {
  #checkov:skip=CKV_AWS_284:each execution's history has its steps and their times, and the task writes its own log
  #checkov:skip=CKV_AWS_285:a standard state machine keeps the history of each execution for 90 days; the task writes its own log
  name       = local.full_name
  role_arn   = aws_iam_role.run.arn
  definition = jsonencode(local.definition)

  tags = { Name = local.full_name }

  # The first run needs its rights.
  depends_on = [aws_iam_role_policy.run]
}

# A schedule has no tags of its own; its group has.
resource "aws_scheduler_schedule_group" "this" {
  count = local.scheduled

  name = local.full_name

  tags = { Name = local.full_name }
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:what a schedule keeps is the time and the state machine's ARN, and no data; a key of one's own protects only the input that it sends
  count = local.scheduled

  name                         = local.full_name
  group_name                   = aws_scheduler_schedule_group.this[0].name
  description                  = "Runs the job ${var.name}"
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.time_zone
  state                        = var.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.this.arn
    role_arn = aws_iam_role.schedule[0].arn
    input    = jsonencode({ scheduled = "<aws.scheduler.scheduled-time>" })

    # Until the state machine has taken the job. What it does then is its own.
    retry_policy {
      maximum_retry_attempts       = var.start.attempts
      maximum_event_age_in_seconds = var.start.within_seconds
    }

    dead_letter_config {
      arn = aws_sqs_queue.not_started[0].arn
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}

# Runs that could not be started within the time for it.
resource "aws_sqs_queue" "not_started" {
  count = local.scheduled

  name                      = local.dead_letters_name
  message_retention_seconds = 14 * 24 * 3600

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EncryptedConnectionsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.dead_letters_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  tags = { Name = local.dead_letters_name }
}

# There was no job without a schedule before.
moved {
  from = aws_scheduler_schedule_group.this
  to   = aws_scheduler_schedule_group.this[0]
}

moved {
  from = aws_scheduler_schedule.this
  to   = aws_scheduler_schedule.this[0]
}

moved {
  from = aws_sqs_queue.not_started
  to   = aws_sqs_queue.not_started[0]
}

moved {
  from = aws_iam_role.schedule
  to   = aws_iam_role.schedule[0]
}

moved {
  from = aws_iam_role_policy.schedule
  to   = aws_iam_role_policy.schedule[0]
}
