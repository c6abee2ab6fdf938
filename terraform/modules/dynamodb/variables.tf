variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "The table name ${var.name} must be 3 to 255 letters, digits, dots, hyphens and underscores."
  }
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts the table."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Refuse any deletion of the table."
  type        = bool
  default     = true
  nullable    = false
}

variable "point_in_time_recovery" {
  description = "Keep continuous backups for the last 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "holds" {
  description = "What the items are, in one word for people: it is said before the table is destroyed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z ]{0,30}$", var.holds))
    error_message = "holds is a word in lower case, such as stories."
  }
}
