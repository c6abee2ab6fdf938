variable "project" {
  description = "First part of every name, from ../project.tfvars."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.project))
    error_message = "project must be 2 to 12 lower-case letters and digits."
  }
}

variable "account_id" {
  description = "AWS account of the repositories. Credentials for another account are refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, in quotes."
  }
}

variable "region" {
  description = "AWS region of the repositories."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region, such as us-east-1."
  }
}

variable "services_dir" {
  description = "Folder that contains the services' folders, relative to this root module."
  type        = string
  default     = "../../services"
  nullable    = false
}

variable "keep_repositories" {
  description = "Services whose repository is kept although their folder was removed: a repository with images is not deleted."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "force_delete" {
  description = "Delete repositories with the images in them. Must be applied before the destroy that relies on it."
  type        = bool
  default     = false
  nullable    = false
}
