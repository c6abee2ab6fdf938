variable "name" {
  description = "Name of the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_-]{0,254}$", var.name))
    error_message = "The cluster name ${var.name} must be up to 255 letters, digits, hyphens and underscores and begin with a letter."
  }
}

variable "container_insights" {
  description = "CloudWatch Container Insights: enhanced (per task and container), enabled (per service) or disabled."
  type        = string
  default     = "enhanced"
  nullable    = false

  validation {
    condition     = contains(["enhanced", "enabled", "disabled"], var.container_insights)
    error_message = "container_insights must be enhanced, enabled or disabled, not ${var.container_insights}."
  }
}

variable "capacity_provider" {
  description = "Where tasks run unless a service says otherwise: FARGATE, or FARGATE_SPOT (cheaper; AWS may stop a task with two minutes' notice)."
  type        = string
  default     = "FARGATE"
  nullable    = false

  validation {
    condition     = contains(["FARGATE", "FARGATE_SPOT"], var.capacity_provider)
    error_message = "capacity_provider must be FARGATE or FARGATE_SPOT, not ${var.capacity_provider}."
  }
}
