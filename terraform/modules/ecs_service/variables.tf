# What runs. Beside it: container_variables.tf (sidecars and volumes), network_variables.tf (who talks to whom) and
# deployment_variables.tf (how many tasks, where and how they are replaced).

variable "prefix" {
  description = "Prefix of all names: project-environment."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the service and its container, and the last part of its other names."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where the service runs."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "image" {
  description = "Image by digest: repository@sha256:digest."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Service ${var.name}: image must be repository@sha256:<64 hexadecimal digits>, not ${var.image}."
  }
}

variable "repository" {
  description = "Name of the ECR repository that the image is pulled from."
  type        = string
  nullable    = false
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
  nullable    = false
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; the image must be built for it."
  type        = string
  default     = "X86_64"
  nullable    = false
}

variable "command" {
  description = "Arguments in place of the image's CMD, as a list; null for those of the image."
  type        = list(string)
  default     = null

  validation {
    condition     = var.command == null || length(coalesce(var.command, ["none"])) > 0
    error_message = "Service ${var.name}: command must have at least one word; leave it out for the image's own."
  }
}

variable "user" {
  description = "Numeric user and group of the container, also when an image forgets its USER. Not root."
  type        = string
  default     = "10001:10001"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]{0,9}(:[0-9]{1,10})?$", var.user))
    error_message = "Service ${var.name}: user must be the numbers of a user and a group, such as 10001:10001, and not root: it is ${var.user}."
  }
}

variable "environment" {
  description = "Environment variables of the container. Not for secrets: they can be read in the task definition."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "secrets" {
  description = "Environment variable => the SSM parameter or Secrets Manager secret that holds its value: value_from as ECS takes it, the ARNs that may be read for it and the KMS keys that decrypt it. The module secret_references makes them from names."
  type        = map(object({ value_from = string, arns = list(string), kms_key_arns = optional(list(string), []) }))
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "Service ${var.name}: ${join(", ", setintersection(keys(var.secrets), keys(var.environment)))} stands in both environment and secrets."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : length(secret.arns) > 0 && alltrue([for arn in secret.arns : can(regex("^arn:[a-z-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret[:])[^*]+$", arn))])])
    error_message = "Service ${var.name}: each of the secrets must name the ARN of an SSM parameter or of a Secrets Manager secret, without *."
  }

  validation {
    condition     = alltrue(flatten([for secret in values(var.secrets) : [for arn in secret.kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", arn))]]))
    error_message = "Service ${var.name}: kms_key_arns must be ARNs of KMS keys; the ARN of an alias gives no right in IAM."
  }
}

variable "table" {
  description = "DynamoDB table that the task can use, its access (read-only or read-write) and the key that encrypts it; null for no access."
  type        = object({ arn = string, index_arns = list(string), kms_key_arn = string, access = string })
  default     = null

  validation {
    condition     = var.table == null || contains(["read-only", "read-write"], try(var.table.access, ""))
    error_message = "Service ${var.name}: table access must be read-only or read-write."
  }
}

variable "task_policies" {
  description = "Further inline policies of the task role: name => JSON document. Given here and not attached from outside, they are in place before the first task starts."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.task_policies), ["table", "file-systems", "execute-command"])) == 0
    error_message = "Service ${var.name}: table, file-systems and execute-command are names of the module's own policies."
  }
}

variable "logs" {
  description = "Retention and encryption of the log group."
  type        = object({ retention_days = number, kms_key_arn = string })
  nullable    = false
}

variable "enable_execute_command" {
  description = "Allow aws ecs execute-command. The agent needs a writable root file system and permissions of its own, so it is off by default."
  type        = bool
  default     = false
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles; null for none."
  type        = string
  default     = null
}
