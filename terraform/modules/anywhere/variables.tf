variable "name" {
  description = "Name of the activation, and the first part of the role's."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,55}$", var.name))
    error_message = "The name ${var.name} must be 1 to 55 letters, digits, hyphens and underscores: the role's name adds nine."
  }
}

variable "account" {
  description = "Where the cluster is."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "cluster_name" {
  description = "Cluster that the machines serve."
  type        = string
  nullable    = false
}

variable "registration_limit" {
  description = "Number of machines that can register with the code."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.registration_limit >= 1 && var.registration_limit <= 1000 && floor(var.registration_limit) == var.registration_limit
    error_message = "registration_limit must be a whole number from 1 to 1000, not ${var.registration_limit}."
  }
}

variable "expires_at" {
  description = "Time in UTC after which the code is void, at most 30 days ahead, such as 2027-01-31T12:00:00Z. Registered machines stay. Another time means another code."
  type        = string
  nullable    = false

  validation {
    # Not compared with the present time: an activation that has expired must not stop later plans.
    condition     = can(formatdate("YYYY", var.expires_at)) && endswith(var.expires_at, "Z")
    error_message = "expires_at must be a time in UTC such as 2027-01-31T12:00:00Z, not ${var.expires_at}."
  }
}

variable "tags" {
  description = "Tags of the machines that register, beside Name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; null for none."
  type        = string
  default     = null
}
