# A queue, the queue for messages that could not be processed and, in access.tf, what senders and receivers may do.

locals {
  suffix            = var.fifo ? ".fifo" : ""
  name              = "${var.name}${local.suffix}"
  dead_letters_name = "${var.name}-dead-letters${local.suffix}"

  arn_start        = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:"
  arn              = "${local.arn_start}${local.name}"
  dead_letters_arn = "${local.arn_start}${local.dead_letters_name}"

  encrypted_only = {
    for arn in [local.arn, local.dead_letters_arn] : arn => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "EncryptedConnectionsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }]
    })
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name       = local.dead_letters_name
  fifo_queue = var.fifo
  # A message keeps the time at which it was first sent, so this is longer than the queue keeps its own.
  message_retention_seconds = 14 * 24 * 3600

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300

  policy               = local.encrypted_only[local.dead_letters_arn]
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [local.arn] })

  tags = { Name = local.dead_letters_name }
}

resource "aws_sqs_queue" "this" {
  name                        = local.name
  fifo_queue                  = var.fifo
  content_based_deduplication = var.fifo
  visibility_timeout_seconds  = var.visibility_seconds
  message_retention_seconds   = var.keep_days * 24 * 3600
  # Long polling: a receiver waits for a message instead of asking again and again.
  receive_wait_time_seconds = 20

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300

  policy         = local.encrypted_only[local.arn]
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = var.attempts })

  tags = { Name = local.name }
}
