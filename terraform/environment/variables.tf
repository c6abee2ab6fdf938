# ------------------------------------------------------------------------------------- where and what for

variable "project" {
  description = "First part of every name, from ../project.tfvars."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.project))
    error_message = "project must be 2 to 12 lower-case letters and digits: names that begin with it have limits of their own."
  }
}

variable "environment" {
  description = "Name of the environment: local, staging, production or one of your own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$", var.environment))
    error_message = "environment must be 1 to 15 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "account_id" {
  description = "AWS account of the environment. Credentials for another account are refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, in quotes."
  }
}

variable "region" {
  description = "AWS region of the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region, such as us-east-1."
  }
}

variable "tags" {
  description = "Additional tags for all resources, besides Project, Environment, ManagedBy and Name."
  type        = map(string)
  default     = {}
  nullable    = false
}

# ----------------------------------------------------------------------------------------------- services

variable "images" {
  description = "Image of each service, by digest: service name => repository@sha256:digest."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.services), keys(var.images))) == 0
    error_message = "var.images has no image for ${join(", ", setsubtract(keys(var.services), keys(var.images)))}."
  }
}

variable "storage" {
  description = "Storage by name, each a table, a bucket or a queue, as modules/storage describes them; the orchestrator writes what manifests say."
  type = map(object({
    table = optional(object({
      key = object({
        partition = object({ name = string, type = optional(string, "text") })
        sort      = optional(object({ name = string, type = optional(string, "text") }))
      })
      indexes = optional(map(object({
        partition  = object({ name = string, type = optional(string, "text") })
        sort       = optional(object({ name = string, type = optional(string, "text") }))
        attributes = optional(list(string))
      })), {})
      expires    = optional(string)
      actions    = optional(object({ read = list(string), write = list(string) }))
      holds      = optional(string)
      counted_by = optional(string)
    }))
    bucket = optional(object({
      versions    = optional(bool)
      expire_days = optional(number)
      holds       = optional(string)
    }))
    queue = optional(object({
      visibility   = optional(number)
      stop_timeout = optional(number)
      attempts     = optional(number)
      keep_days    = optional(number)
      fifo         = optional(bool)
    }))
  }))
  default  = {}
  nullable = false
}

variable "cpu_architecture" {
  description = "Architecture that the images are built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64, not ${var.cpu_architecture}."
  }
}

variable "counts" {
  description = "Number of tasks where it differs from the manifest: service name => tasks."
  type        = map(number)
  default     = {}
  nullable    = false
}

variable "scaled" {
  description = "Number of tasks that autoscaling or somebody (orchestrate.py scale) has set meanwhile, before the configured one: service name => tasks."
  type        = map(number)
  default     = {}
  nullable    = false
}

variable "live_limits" {
  description = "Limits of autoscaling where a schedule has moved them: service name => tasks at least and at most."
  type        = map(object({ min = number, max = number }))
  default     = {}
  nullable    = false
}

variable "former_ports" {
  description = "Set while a service moves to another port: service name => ports that its previous version listens on."
  type        = map(list(number))
  default     = {}
  nullable    = false
}

variable "moving" {
  description = "Set for the one apply that moves services to other capacity: their tasks are then replaced by a deployment, not by removing the service."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "paused" {
  description = "Services that run no tasks for now: their version failed before any was verified, or a task has to end before they start."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "alarm_topic_arns" {
  description = "SNS topics that the services' alarms notify. Alarms are those that manifests ask for."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "alarm_topic_arns must be ARNs of SNS topics, such as arn:aws:sns:us-east-1:111122223333:alarms."
  }
}

variable "dashboard" {
  description = "A CloudWatch dashboard with a row for each service. AWS charges for more than three in an account."
  type        = bool
  default     = false
  nullable    = false
}

variable "soak_seconds" {
  description = "Seconds that a new version is watched, once it runs on every task, before it counts as verified."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.soak_seconds == floor(var.soak_seconds) && var.soak_seconds <= 3600 && (var.soak_seconds >= local.longest_health_check_seconds || local.is_emulated && var.soak_seconds >= 5)
    error_message = "soak_seconds must be a whole number up to 3600 and at least ${local.longest_health_check_seconds}, the longest that a health check takes to find a task unwell (locally 5: a task that ended is replaced within two seconds)."
  }
}

variable "notify_webhook" {
  description = "URL that is notified of deploys, freezes and drift, or $NAME for the shell variable that holds it. Only the orchestrator reads it."
  type        = string
  default     = null
}

variable "notify_command" {
  description = "Program that is started for the same events, as a list of words or one string. Only the orchestrator reads it."
  type        = any
  default     = null
}

variable "task_environment" {
  description = "Environment variables for every container, only for use with an emulator. AWS credentials are rejected unless they are the dummy value test."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.task_environment) == 0 || local.is_emulated
    error_message = "task_environment is for environments on this machine: in ${var.environment} a variable belongs in the service's service.yaml."
  }

  validation {
    condition = alltrue([
      for name, value in var.task_environment : value == "test"
      if contains(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], name)
    ])
    error_message = "task_environment takes no real credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN may only be \"test\". Tasks have roles."
  }
}

variable "enable_execute_command" {
  description = "Allow aws ecs execute-command into tasks. Makes their root file system writable."
  type        = bool
  default     = false
  nullable    = false
}

variable "container_insights" {
  description = "CloudWatch Container Insights: enhanced, enabled or disabled."
  type        = string
  default     = "enhanced"
  nullable    = false
}

# ------------------------------------------------------------------------------------------------ network

variable "cidr" {
  description = "Address range of the VPC, /16 to /20."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
}

variable "availability_zones" {
  description = "Zones to spread over, two or more. Append only: a subnet's range is derived from its position in the list."
  type        = list(string)
  nullable    = false
}

variable "egress" {
  description = "How tasks reach AWS: nat_per_zone, nat_single (cheaper; a failure of its zone cuts off all tasks) or endpoints (no internet access)."
  type        = string
  default     = "nat_per_zone"
  nullable    = false
}

variable "flow_logs" {
  description = "Log the VPC's traffic to CloudWatch Logs."
  type        = bool
  default     = true
  nullable    = false
}

variable "allowed_cidrs" {
  description = "Address ranges that can reach the load balancer."
  type        = set(string)
  default     = ["0.0.0.0/0"]
  nullable    = false
}

# ----------------------------------------------------------------------------------- address and protection

variable "certificate_arn" {
  description = "ACM certificate of the load balancer: HTTPS is served and HTTP redirects to it. Required in production."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn != null || var.environment != "production"
    error_message = "production must have a certificate_arn: it is not served over plain HTTP."
  }

  validation {
    condition     = var.certificate_arn == null || var.domain_name != null
    error_message = "certificate_arn is given without domain_name: the certificate is for a name, and no client accepts it for the load balancer's own address."
  }
}

variable "domain_name" {
  description = "Name that the certificate is for, used in the URL. Required with certificate_arn; null for the load balancer's own address."
  type        = string
  default     = null
}

variable "dns_zone_id" {
  description = "Route 53 hosted zone in which domain_name points to the load balancer; null if DNS is managed elsewhere."
  type        = string
  default     = null
}

variable "access_logs_bucket" {
  description = "Existing S3 bucket for the load balancer's access logs; null for none."
  type        = string
  default     = null
}

variable "web_acl_arn" {
  description = "WAFv2 web ACL in front of the load balancer; null for none."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Protect the table and the load balancer from deletion. Must be switched off by an apply before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "Days to keep logs, one of the values that CloudWatch Logs supports."
  type        = number
  default     = 365
  nullable    = false
}

variable "key_deletion_window_days" {
  description = "Days during which deletion of the environment's key can be cancelled, 7 to 30."
  type        = number
  default     = 30
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role that is created. A pipeline must set it (an output of terraform/pipeline). Null for none."
  type        = string
  default     = null
}
