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

variable "port" {
  description = "Port that the container listens on."
  type        = number
  nullable    = false
}

variable "former_ports" {
  description = "Ports that the previous version listens on, open to the load balancer until the new version is verified."
  type        = list(number)
  default     = []
  nullable    = false
}

variable "cpu" {
  description = "Fargate CPU units."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory in MiB."
  type        = number
  nullable    = false
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; the image must be built for it."
  type        = string
  default     = "X86_64"
  nullable    = false
}

variable "desired_count" {
  description = "Number of tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "Service ${var.name}: the number of tasks must be a whole number, 0 or more, not ${var.desired_count}."
  }
}

variable "environment" {
  description = "Environment variables of the container. Not for secrets: they can be read in the task definition."
  type        = map(string)
  default     = {}
  nullable    = false
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

variable "network" {
  description = "VPC, private subnets and their routes out."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    prefix_list_ids    = map(string)
    internet           = bool
    endpoints          = optional(object({ security_group_id = string }))
  })
  nullable = false
}

variable "load_balancer" {
  description = "Target group of the service, already used by a listener, and the load balancer's security group."
  type        = object({ target_group_arn = string, security_group_id = string })
  nullable    = false
}

variable "cluster" {
  description = "ECS cluster and the capacity provider to use in it."
  type        = object({ arn = string, capacity_provider = string })
  nullable    = false
}

variable "logs" {
  description = "Retention and encryption of the log group."
  type        = object({ retention_days = number, kms_key_arn = string })
  nullable    = false
}

variable "timing" {
  description = "ECS's part of the timing of a rolling deploy."
  type = object({
    stop_timeout_seconds              = number
    health_check_grace_period_seconds = number
    minimum_healthy_percent           = number
    maximum_percent                   = number
  })
  nullable = false

  validation {
    condition     = var.timing.stop_timeout_seconds >= 0 && var.timing.stop_timeout_seconds <= 120
    error_message = "stop_timeout_seconds must be 0 to 120, Fargate's most."
  }
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
