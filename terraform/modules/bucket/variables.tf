variable "name" {
  description = "Name of the bucket, unique in the world."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "The bucket name ${var.name} must be 3 to 63 lower-case letters, digits and hyphens, with no hyphen at either end."
  }
}

variable "account" {
  description = "Where the bucket is."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "versions" {
  description = "Keep what is overwritten or deleted for another 30 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "expire_days" {
  description = "Days after which an object is deleted; null for never."
  type        = number
  default     = null

  validation {
    condition     = var.expire_days == null || try(var.expire_days >= 1 && floor(var.expire_days) == var.expire_days, false)
    error_message = "Bucket ${var.name}: expire_days must be a whole number of days, 1 or more."
  }
}

variable "kms_key_arn" {
  description = "Customer managed KMS key that encrypts the objects."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Refuse to delete the bucket while it has objects; off, they are deleted with it."
  type        = bool
  default     = true
  nullable    = false
}

variable "holds" {
  description = "What the objects are, in one word for people: the tag Holds."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9 ]{0,30}$", var.holds))
    error_message = "holds is a word in lower case, such as uploads."
  }
}
