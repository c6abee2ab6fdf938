# The statements of a policy for each kind of access. Whoever attaches them adds nothing.

locals {
  via = { StringEquals = { "kms:ViaService" = "sqs.${var.account.region}.amazonaws.com" } }

  access = {
    send = [
      { Sid = "Send", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = [local.arn], Condition = null },
      # A sender needs Decrypt as well: SQS checks the data key that it reuses.
      { Sid = "KeyThroughSQS", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn], Condition = local.via },
    ]
    receive = [
      {
        Sid       = "Receive"
        Effect    = "Allow"
        Action    = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource  = [local.arn]
        Condition = null
      },
      { Sid = "KeyThroughSQS", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.kms_key_arn], Condition = local.via },
    ]
  }
}
