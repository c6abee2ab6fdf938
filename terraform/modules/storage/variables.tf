variable "prefix" {
  description = "Prefix of all names: project-environment."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where the storage is."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "items" {
  description = "Name => the one of table, bucket and queue that it is, with the settings of that module."
  type = map(object({
    table = optional(object({
      key = object({
        partition = object({ name = string, type = optional(string, "text") })
        sort      = optional(object({ name = string, type = optional(string, "text") }))
      })
      indexes = optional(map(object({
        partition  = object({ name = string, type = optional(string, "text") })
        sort       = optional(object({ name = string, type = optional(string, "text") }))
        attributes = optional(list(string))
      })), {})
      expires    = optional(string)
      actions    = optional(object({ read = list(string), write = list(string) }))
      holds      = optional(string)
      counted_by = optional(string)
    }))
    bucket = optional(object({
      versions    = optional(bool)
      expire_days = optional(number)
      holds       = optional(string)
    }))
    queue = optional(object({
      visibility   = optional(number)
      stop_timeout = optional(number)
      attempts     = optional(number)
      keep_days    = optional(number)
      fifo         = optional(bool)
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for item in values(var.items) : length([for kind in [item.table, item.bucket, item.queue] : true if kind != null]) == 1])
    error_message = "Each item is exactly one of table, bucket and queue, which these are not: ${join(", ", [for key, item in var.items : key if length([for kind in [item.table, item.bucket, item.queue] : true if kind != null]) != 1])}."
  }

  validation {
    condition     = alltrue([for key in keys(var.items) : can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", key))])
    error_message = "Storage is named by 1 to 20 lower-case letters, digits and hyphens that begin with a letter: a bucket's name is made of it, the prefix and the account."
  }
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts all of it."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Refuse any deletion of a table, and of a bucket that has objects."
  type        = bool
  default     = true
  nullable    = false
}
