variable "prefix" {
  description = "Prefix of all names: project-environment."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the job, and the last part of its other names."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where the job runs."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "schedule" {
  description = "When the job runs: cron(minutes hours day-of-month month day-of-week year), rate(N minutes) or at(yyyy-mm-ddThh:mm:ss). Null for a job that is only started by hand."
  type        = string
  default     = null

  validation {
    condition = var.schedule == null || anytrue([
      can(regex("^cron\\((\\S+ ){5}\\S+\\)$", var.schedule)),
      can(regex("^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)$", var.schedule)),
      can(regex("^at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\)$", var.schedule)),
    ])
    error_message = "Job ${var.name}: the schedule must be cron(...) with six fields, rate(1 hour), rate(5 minutes) or at(2027-01-31T03:00:00), not ${coalesce(var.schedule, "null")}."
  }

  validation {
    condition     = !can(regex("^cron\\(", var.schedule)) || length([for field in [try(split(" ", trimsuffix(var.schedule, ")"))[2], ""), try(split(" ", trimsuffix(var.schedule, ")"))[4], "")] : field if field == "?"]) == 1
    error_message = "Job ${var.name}: of the day of the month and the day of the week in ${coalesce(var.schedule, "null")} exactly one must be ?."
  }
}

variable "time_zone" {
  description = "Time zone of the schedule, such as Europe/Berlin; it follows daylight saving time."
  type        = string
  default     = "UTC"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$", var.time_zone))
    error_message = "Job ${var.name}: time_zone must be a name of the time zone database, such as Europe/Berlin, not ${var.time_zone}."
  }
}

variable "enabled" {
  description = "Whether the schedule starts the job. Off, it can still be started by hand."
  type        = bool
  default     = true
  nullable    = false
}

variable "overlap" {
  description = "What happens when the last run has not ended: skip this one, or allow both."
  type        = string
  default     = "skip"
  nullable    = false

  validation {
    condition     = contains(["skip", "allow"], var.overlap)
    error_message = "Job ${var.name}: overlap must be skip or allow, not ${var.overlap}."
  }
}

variable "retries" {
  description = "How often a task that failed is run again, after 30 seconds and then twice as long each time."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.retries >= 0 && var.retries <= 10 && floor(var.retries) == var.retries
    error_message = "Job ${var.name}: retries must be a whole number from 0 to 10, not ${var.retries}."
  }
}

variable "timeout_seconds" {
  description = "Seconds after which a task is stopped. It has then failed and is not run again."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.timeout_seconds >= 60 && var.timeout_seconds <= 604800 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "Job ${var.name}: the timeout must be 60 to 604800 whole seconds (seven days), not ${var.timeout_seconds}."
  }
}

variable "start" {
  description = "How long it is tried to start a run that AWS could not start: attempts, and seconds after the scheduled time. What is not started goes to the queue not-started."
  type        = object({ attempts = number, within_seconds = number })
  default     = { attempts = 20, within_seconds = 3600 }
  nullable    = false

  validation {
    condition     = var.start.attempts >= 0 && var.start.attempts <= 185 && var.start.within_seconds >= 60 && var.start.within_seconds <= 86400
    error_message = "Job ${var.name}: start.attempts must be 0 to 185 and start.within_seconds 60 to 86400."
  }
}

variable "task" {
  description = "Task definition of the job, with its revision, its family and its two roles."
  type        = object({ definition_arn = string, family = string, execution_role_arn = string, task_role_arn = string })
  nullable    = false

  validation {
    condition     = can(regex(":[0-9]+$", var.task.definition_arn))
    error_message = "Job ${var.name}: task.definition_arn must end with a revision. Without it a job would run whatever was registered last, also what was never reviewed or has failed."
  }
}

variable "cluster" {
  description = "Cluster of the task and the capacity providers that run it; none of them means machines of one's own (launch type EXTERNAL)."
  type = object({
    arn      = string
    name     = string
    capacity = list(object({ capacity_provider = string, base = optional(number, 0), weight = optional(number, 1) }))
  })
  nullable = false
}

variable "network" {
  description = "Subnets and security groups of the task; null where its containers use the machine's network."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null

  validation {
    condition     = var.network != null || length(var.cluster.capacity) == 0 || alltrue([for provider in var.cluster.capacity : !startswith(provider.capacity_provider, "FARGATE")])
    error_message = "Job ${var.name}: a Fargate task needs a network."
  }
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts the queue of runs that were not started."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles; null for none."
  type        = string
  default     = null
}
