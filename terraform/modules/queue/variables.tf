variable "name" {
  description = "Name of the queue, to which a FIFO queue adds .fifo."
  type        = string
  nullable    = false

  validation {
    # "-dead-letters.fifo" has to fit behind it.
    condition     = can(regex("^[A-Za-z0-9_-]{1,62}$", var.name))
    error_message = "The queue name ${var.name} must be 1 to 62 letters, digits, hyphens and underscores."
  }
}

variable "account" {
  description = "Where the queue is."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "visibility_seconds" {
  description = "Seconds that a received message is hidden from other receivers: longer than it takes to process one, or it is processed twice."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.visibility_seconds >= 1 && var.visibility_seconds <= 43200 && floor(var.visibility_seconds) == var.visibility_seconds
    error_message = "Queue ${var.name}: the visibility timeout must be 1 to 43200 whole seconds, not ${var.visibility_seconds}."
  }

  validation {
    condition     = var.stop_timeout_seconds == null || var.visibility_seconds >= coalesce(var.stop_timeout_seconds, 0)
    error_message = "Queue ${var.name}: the visibility timeout of ${var.visibility_seconds} s is shorter than the ${coalesce(var.stop_timeout_seconds, 0)} s in which a receiver that is being stopped finishes its message: another one would get the message meanwhile."
  }
}

variable "stop_timeout_seconds" {
  description = "Seconds in which a receiver that is being stopped finishes its message; null where it is not known."
  type        = number
  default     = null
}

variable "attempts" {
  description = "How often a message is received before it goes to the dead-letter queue."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.attempts >= 1 && var.attempts <= 1000 && floor(var.attempts) == var.attempts
    error_message = "Queue ${var.name}: attempts must be a whole number from 1 to 1000, not ${var.attempts}."
  }
}

variable "keep_days" {
  description = "Days after which a message that nobody has processed is deleted. The dead-letter queue keeps them for 14 days from when they were sent."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.keep_days >= 1 && var.keep_days <= 13 && floor(var.keep_days) == var.keep_days
    error_message = "Queue ${var.name}: keep_days must be a whole number from 1 to 13, not ${var.keep_days}: the dead-letter queue keeps messages for 14 days from when they were first sent."
  }
}

variable "fifo" {
  description = "Deliver each group's messages in order and, within five minutes, the same message once. Cannot be changed afterwards."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts the messages."
  type        = string
  nullable    = false
}
