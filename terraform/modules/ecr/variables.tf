variable "name" {
  description = "Name of the repository, such as storyizer/words."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name))
    error_message = "The repository name ${var.name} must be lower-case letters and digits, separated by single ., _, - or /."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the images; null for the key that AWS manages for ECR."
  type        = string
  default     = null
}

variable "keep_tagged" {
  description = "How many tagged images to keep. An environment may lag many builds behind, and each image is a version to roll back to; they share most of their layers, so keeping many costs little."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.keep_tagged >= 100 && floor(var.keep_tagged) == var.keep_tagged
    error_message = "keep_tagged must be a whole number of at least 100: an image that is deployed somewhere must never expire."
  }
}

variable "keep_released" {
  description = "How many images with a tag release-* to keep: more than the releases of all environments that can be gone back to."
  type        = number
  default     = 5000
  nullable    = false

  validation {
    condition     = var.keep_released >= 1000 && floor(var.keep_released) == var.keep_released
    error_message = "keep_released must be a whole number of at least 1000: an image of a release must never expire."
  }
}

variable "untagged_days" {
  description = "Days after which an image without a tag (from an interrupted push) expires."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.untagged_days >= 1
    error_message = "untagged_days must be 1 or more."
  }
}

variable "force_delete" {
  description = "Delete the repository with the images in it. Must be applied before the destroy that relies on it."
  type        = bool
  default     = false
  nullable    = false
}
