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
  description = "AWS account of the roles. Credentials for another account are refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, in quotes."
  }
}

variable "region" {
  description = "AWS region of the environments."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region, such as us-east-1."
  }
}

variable "environments" {
  description = "Environments in this account and region that the pipeline applies to, named as their tfvars files and as GitHub's environments."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$", name))])
    error_message = "environments must be names of 1 to 15 lower-case letters, digits and hyphens, at least one."
  }

  validation {
    condition     = alltrue([for pair in setproduct(var.environments, var.environments) : !startswith(pair[1], "${pair[0]}-")])
    error_message = "No environment's name can be the beginning of another's (prod and prod-eu): a role told by the names of one's resources would reach the other's."
  }

  validation {
    condition     = alltrue([for name in var.environments : name != "tfstate" && !startswith(name, "tfstate-")])
    error_message = "An environment cannot be called tfstate...: its role could change the bucket with the states."
  }

  validation {
    condition     = alltrue([for name in var.environments : !startswith(name, "pipeline")])
    error_message = "An environment cannot be called pipeline...: its role could change the pipeline's own roles."
  }
}

variable "github" {
  description = "Repository whose jobs get the roles: OWNER/NAME, the ids of both (gh api repos/OWNER/NAME --jq '.owner.id, .id') and its main branch."
  type = object({
    repository    = string
    owner_id      = number
    repository_id = number
    branch        = optional(string, "main")
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.repository must be OWNER/NAME, exactly as GitHub spells it."
  }

  validation {
    condition     = alltrue([for id in [var.github.owner_id, var.github.repository_id] : id > 0 && floor(id) == id])
    error_message = "github.owner_id and github.repository_id must be whole numbers: gh api repos/OWNER/NAME --jq '.owner.id, .id'."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.github.branch))
    error_message = "github.branch must be the exact name of one branch, without wildcards."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of GitHub's identity provider if the account already has it (there can be only one); null creates it."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex(":oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn must be the ARN of the provider token.actions.githubusercontent.com."
  }
}

variable "dns_zone_ids" {
  description = "Route 53 zones in which an apply can change records: the environments' dns_zone_id."
  type        = set(string)
  default     = []
  nullable    = false
}
