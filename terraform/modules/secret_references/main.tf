# There is no provider here: the module turns names into what ECS and IAM take. Nothing is read, no value is known.

locals {
  prefix = {
    parameter = "arn:${var.account.partition}:ssm:${var.account.region}:${var.account.id}:parameter"
    secret    = "arn:${var.account.partition}:secretsmanager:${var.account.region}:${var.account.id}:secret:"
  }

  arns = {
    for name, secret in var.secrets : name => (
      secret.parameter != null
      ? startswith(coalesce(secret.parameter, "none"), "arn:") ? secret.parameter : "${local.prefix.parameter}/${trimprefix(coalesce(secret.parameter, "none"), "/")}"
      : startswith(coalesce(secret.secret, "none"), "arn:") ? secret.secret : "${local.prefix.secret}${coalesce(secret.secret, "none")}"
    )
  }

  references = {
    for name, secret in var.secrets : name => {
      # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
      value_from = secret.key == null ? local.arns[name] : "${local.arns[name]}:${coalesce(secret.key, "none")}::"
      # A secret's ARN ends with six characters that its name does not tell.
      arns         = [secret.secret == null || can(regex("-[A-Za-z0-9]{6}$", local.arns[name])) ? local.arns[name] : "${local.arns[name]}-??????"]
      kms_key_arns = secret.kms_key[*]
    }
  }
}
