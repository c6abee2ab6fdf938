variable "prefix" {
  description = "Prefix of all names: project-environment."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the service."
  type        = string
  nullable    = false
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
  nullable    = false
}

variable "load_balancer" {
  description = "Ends of the ARNs of the load balancer and of the service's target group, by which CloudWatch knows them; `ports` has the target groups of further ports. Null for a service without a load balancer."
  type        = object({ arn_suffix = string, target_group_arn_suffix = string, ports = optional(map(string), {}) })
  default     = null
}

variable "queue" {
  description = "Names of the queue that the service works on and of its dead-letter queue. Null for a service without a queue."
  type        = object({ name = string, dead_letter_name = optional(string) })
  default     = null
}

variable "alarms" {
  description = "Alarm => its threshold: errors (5xx a minute), latency (seconds, 99th percentile), unhealthy_hosts (targets), cpu and memory (percent), queue_age (seconds), dead_letters (messages). `rollback` names those that stop a deployment."
  type = object({
    errors          = optional(number)
    latency         = optional(number)
    unhealthy_hosts = optional(number)
    cpu             = optional(number)
    memory          = optional(number)
    queue_age       = optional(number)
    dead_letters    = optional(number)
    rollback        = optional(set(string), [])
  })
  nullable = false

  validation {
    condition     = alltrue([for name, threshold in var.alarms : try(threshold > 0, true) if name != "rollback"])
    error_message = "Service ${var.name}: the threshold of an alarm must be more than 0."
  }

  validation {
    condition     = coalesce(var.alarms.cpu, 1) <= 100 && coalesce(var.alarms.memory, 1) <= 100
    error_message = "Service ${var.name}: the thresholds for cpu and memory are in percent, up to 100."
  }

  validation {
    condition     = var.load_balancer != null || var.alarms.errors == null && var.alarms.latency == null && var.alarms.unhealthy_hosts == null
    error_message = "Service ${var.name}: errors, latency and unhealthy_hosts are what a load balancer sees, and it has none."
  }

  validation {
    condition     = (var.queue != null || var.alarms.queue_age == null) && (try(var.queue.dead_letter_name, null) != null || var.alarms.dead_letters == null)
    error_message = "Service ${var.name}: queue_age needs a queue, and dead_letters a dead-letter queue."
  }

  validation {
    condition     = alltrue([for name in var.alarms.rollback : try(var.alarms[name] != null, false) && name != "rollback"])
    error_message = "Service ${var.name}: rollback names an alarm that is not set: ${join(", ", var.alarms.rollback)}."
  }
}

variable "topic_arns" {
  description = "SNS topics that are notified when an alarm begins and when it ends."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.topic_arns) <= 5
    error_message = "An alarm notifies at most 5 topics."
  }
}
