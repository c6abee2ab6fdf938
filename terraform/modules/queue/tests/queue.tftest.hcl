mock_provider "aws" {}

variables {
  name        = "storyizer-test-mailer"
  account     = { id = "000000000000", region = "us-east-1", partition = "aws" }
  kms_key_arn = "arn:aws:kms:us-east-1:000000000000:key/1"
}

run "both_queues_are_encrypted_and_take_tls_alone" {
  command = plan

  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.this, aws_sqs_queue.dead_letters] : queue.kms_master_key_id == var.kms_key_arn])
    error_message = "A queue is not encrypted with the environment's key."
  }

  assert {
    condition = jsonencode(jsondecode(aws_sqs_queue.this.policy).Statement) == jsonencode([{
      Action    = "sqs:*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
      Effect    = "Deny"
      Principal = "*"
      Resource  = "arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer"
      Sid       = "EncryptedConnectionsOnly"
    }])
    error_message = aws_sqs_queue.this.policy
  }

  assert {
    condition     = one(jsondecode(aws_sqs_queue.dead_letters.policy).Statement).Effect == "Deny" && one(jsondecode(aws_sqs_queue.dead_letters.policy).Statement).Resource == "arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer-dead-letters"
    error_message = aws_sqs_queue.dead_letters.policy
  }
}

run "what_fails_goes_to_the_dead_letter_queue_which_takes_it_from_this_queue_alone" {
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = { arn = "arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer-dead-letters" }
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer-dead-letters", maxReceiveCount = 5 }
    error_message = aws_sqs_queue.this.redrive_policy
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letters.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer"] }
    error_message = aws_sqs_queue.dead_letters.redrive_allow_policy
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds == 1209600 && aws_sqs_queue.this.message_retention_seconds == 345600
    error_message = "The dead-letter queue does not keep messages for longer than the queue."
  }
}

run "a_fifo_queue_and_its_dead_letters_are_named_and_made_so" {
  command = plan

  variables {
    fifo = true
  }

  assert {
    condition     = aws_sqs_queue.this.name == "storyizer-test-mailer.fifo" && aws_sqs_queue.dead_letters.name == "storyizer-test-mailer-dead-letters.fifo"
    error_message = "The names do not end with .fifo."
  }

  assert {
    condition     = aws_sqs_queue.this.fifo_queue && aws_sqs_queue.this.content_based_deduplication && aws_sqs_queue.dead_letters.fifo_queue
    error_message = "A queue is not FIFO, or does not recognise a message by its content."
  }

  assert {
    condition     = output.access["receive"][0].Resource == ["arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer.fifo"]
    error_message = "The receiver has access to another queue."
  }
}

run "senders_and_receivers_have_what_they_use_and_no_more" {
  command = plan

  assert {
    condition = jsonencode(output.access["send"]) == jsonencode([
      { Action = ["sqs:SendMessage"], Condition = null, Effect = "Allow", Resource = ["arn:aws:sqs:us-east-1:000000000000:storyizer-test-mailer"], Sid = "Send" },
      { Action = ["kms:Decrypt", "kms:GenerateDataKey"], Condition = { StringEquals = { "kms:ViaService" = "sqs.us-east-1.amazonaws.com" } }, Effect = "Allow", Resource = ["arn:aws:kms:us-east-1:000000000000:key/1"], Sid = "KeyThroughSQS" },
    ])
    error_message = jsonencode(output.access["send"])
  }

  assert {
    condition     = jsonencode(output.access["receive"][*].Action) == jsonencode([["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], ["kms:Decrypt"]])
    error_message = jsonencode(output.access["receive"])
  }
}

run "a_message_must_not_reappear_while_a_receiver_that_is_stopped_finishes_it" {
  command = plan

  variables {
    visibility_seconds   = 30
    stop_timeout_seconds = 60
  }

  expect_failures = [var.visibility_seconds]
}

run "a_visibility_timeout_as_long_as_the_stop_timeout_is_taken" {
  command = plan

  variables {
    visibility_seconds   = 60
    stop_timeout_seconds = 60
  }

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 60
    error_message = "visibility_seconds has no effect."
  }
}

run "a_visibility_timeout_beyond_twelve_hours_is_refused" {
  command = plan

  variables {
    visibility_seconds = 43201
  }

  expect_failures = [var.visibility_seconds]
}

run "no_attempt_at_all_is_refused" {
  command = plan

  variables {
    attempts = 0
  }

  expect_failures = [var.attempts]
}

run "messages_must_be_gone_before_the_dead_letter_queue_forgets_them" {
  command = plan

  variables {
    keep_days = 14
  }

  expect_failures = [var.keep_days]
}

run "a_name_that_sqs_does_not_take_is_refused" {
  command = plan

  variables {
    name = "mailer.fifo"
  }

  expect_failures = [var.name]
}
