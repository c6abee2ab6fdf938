variable "account" {
  description = "Where secrets that are given by name are."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "secrets" {
  description = "Environment variable => an SSM parameter, or a Secrets Manager secret and perhaps one `key` of its JSON; by name or ARN, with the ARN of the KMS key if it is not the one that AWS manages."
  type = map(object({
    parameter = optional(string)
    secret    = optional(string)
    key       = optional(string)
    kms_key   = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for secret in values(var.secrets) : length(compact([secret.parameter, secret.secret])) == 1])
    error_message = "Each of the secrets must be either a parameter or a secret: ${join(", ", [for name, secret in var.secrets : name if length(compact([secret.parameter, secret.secret])) != 1])}."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : secret.key == null || secret.secret != null && can(regex("^[^:]+$", secret.key))])
    error_message = "Only a Secrets Manager secret has keys, and a key has no colon: ${join(", ", [for name, secret in var.secrets : name if secret.key != null])}."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : can(regex("^(/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*|arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+)$", coalesce(secret.parameter, "none")))])
    error_message = "A parameter must be the name of an SSM parameter, such as /storyizer/api-key, or its ARN: ${join(", ", compact(values(var.secrets)[*].parameter))}."
  }

  # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: such a name is taken for an ARN's end.
  validation {
    condition     = alltrue([for secret in values(var.secrets) : can(regex("^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]+$", coalesce(secret.secret, "none"))) && !can(regex("^[^:]*-[A-Za-z0-9]{6}$", coalesce(secret.secret, "none")))])
    error_message = "A secret must be the name of a Secrets Manager secret or its ARN, and by ARN if its name ends with a hyphen and six characters: ${join(", ", compact(values(var.secrets)[*].secret))}."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", coalesce(secret.kms_key, "arn:aws:kms:none:000000000000:key/none")))])
    error_message = "A kms_key must be the ARN of a KMS key: the ARN of an alias gives no right in IAM."
  }
}
