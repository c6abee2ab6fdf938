# The statements of a policy for each kind of access. Whoever attaches them adds nothing.

locals {
  arn = "arn:${var.account.partition}:s3:::${var.name}"

  words = {
    "read-only"  = { objects = ["s3:GetObject"], key = ["kms:Decrypt"] }
    "read-write" = { objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"], key = ["kms:Decrypt", "kms:GenerateDataKey"] }
  }

  access = {
    for word, actions in local.words : word => [
      { Sid = "Objects", Effect = "Allow", Action = actions.objects, Resource = ["${local.arn}/*"], Condition = null },
      # Without it a read of an object that does not exist is answered with 403 instead of 404.
      { Sid = "List", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [local.arn], Condition = null },
      {
        Sid       = "KeyThroughS3"
        Effect    = "Allow"
        Action    = actions.key
        Resource  = [var.kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.account.region}.amazonaws.com" } }
      },
    ]
  }
}
