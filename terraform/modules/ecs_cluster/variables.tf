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

variable "own_capacity_providers" {
  description = "Capacity providers with instances of one's own, beside the two of Fargate."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.own_capacity_providers)) == length(var.own_capacity_providers) && length(var.own_capacity_providers) <= 18
    error_message = "own_capacity_providers must be up to 18 different names: a cluster has 20 providers."
  }
}

variable "capacity_provider" {
  description = "Where tasks run unless a service says otherwise: FARGATE, FARGATE_SPOT (cheaper; AWS may stop a task with two minutes' notice) or one of own_capacity_providers."
  type        = string
  default     = "FARGATE"
  nullable    = false

  validation {
    condition     = contains(concat(["FARGATE", "FARGATE_SPOT"], var.own_capacity_providers), var.capacity_provider)
    error_message = "capacity_provider must be ${join(", ", concat(["FARGATE", "FARGATE_SPOT"], var.own_capacity_providers))}, not ${var.capacity_provider}."
  }
}
