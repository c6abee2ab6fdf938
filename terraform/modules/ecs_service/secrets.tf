# What ECS may read to start the containers, and decrypt on the way. The code in them never asks for it.

locals {
  all_secrets = concat(values(var.secrets), flatten([for sidecar in values(var.sidecars) : values(sidecar.secrets)]))

  # An ARN says its service and region; so a key can be used through that service alone.
  secret_arns = distinct(flatten(local.all_secrets[*].arns))
  parameters  = [for arn in local.secret_arns : arn if split(":", arn)[2] == "ssm"]
  secrets     = [for arn in local.secret_arns : arn if split(":", arn)[2] == "secretsmanager"]

  secret_keys = {
    for pair in distinct(flatten([
      for secret in local.all_secrets : [
        for key in secret.kms_key_arns : { key = key, via = "${split(":", secret.arns[0])[2]}.${split(":", secret.arns[0])[3]}.amazonaws.com" }
      ]
    ])) : pair.via => pair.key...
  }
}

resource "aws_iam_role_policy" "secrets" {
  count = length(local.all_secrets) > 0 ? 1 : 0

  name = "secrets"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for arns in [local.parameters] : { Effect = "Allow", Action = "ssm:GetParameters", Resource = arns } if length(arns) > 0],
      [for arns in [local.secrets] : { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = arns } if length(arns) > 0],
      [
        for via, keys in local.secret_keys :
        { Effect = "Allow", Action = "kms:Decrypt", Resource = keys, Condition = { StringEquals = { "kms:ViaService" = via } } }
      ],
    )
  })
}
