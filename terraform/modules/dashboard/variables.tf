variable "name" {
  description = "Name of the dashboard."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "The name of a dashboard must be up to 255 letters, digits, hyphens and underscores, not ${var.name}."
  }
}

variable "region" {
  description = "AWS region of the metrics."
  type        = string
  nullable    = false
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
  nullable    = false
}

variable "load_balancer_arn_suffix" {
  description = "End of the load balancer's ARN, by which CloudWatch knows it; null if no service has one."
  type        = string
  default     = null
}

variable "services" {
  description = "Service name => the end of its target group's ARN, the name of its queue and that of its dead-letter queue, each null if it has none, and by port the ends of the ARNs of further target groups. A row each."
  type = map(object({
    target_group_arn_suffix = optional(string)
    ports                   = optional(map(string), {})
    queue_name              = optional(string)
    dead_letter_name        = optional(string)
  }))
  nullable = false
}
