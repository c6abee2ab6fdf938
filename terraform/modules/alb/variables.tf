variable "name" {
  description = "Name of the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "The load balancer name ${var.name} must be 1 to 32 letters, digits and hyphens, with no hyphen at either end."
  }
}

variable "vpc_id" {
  description = "VPC of the load balancer."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Public subnets, one in each zone."
  type        = list(string)
  nullable    = false
}

variable "allowed_cidrs" {
  description = "Address ranges that can reach the load balancer."
  type        = set(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "allowed_cidrs must be one or more IPv4 ranges, such as 0.0.0.0/0."
  }
}

variable "certificate_arn" {
  description = "ACM certificate. With it, HTTP redirects to HTTPS; without it, HTTP is served."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate."
  }
}

variable "ssl_policy" {
  description = "TLS policy of the HTTPS listener. The default accepts TLS 1.3 and 1.2 with forward secrecy."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
  nullable    = false

  validation {
    condition     = startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-2-") || startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-3-")
    error_message = "ssl_policy must be an ELBSecurityPolicy-TLS13-1-2-* or -1-3-* policy: older ones accept TLS 1.0 or 1.1."
  }
}

variable "deletion_protection" {
  description = "Refuse any deletion of the load balancer."
  type        = bool
  default     = true
  nullable    = false
}

variable "access_logs_bucket" {
  description = "Existing S3 bucket for the access logs, under the load balancer's name as prefix; null for none."
  type        = string
  default     = null
}

variable "web_acl_arn" {
  description = "WAFv2 web ACL to put in front of the load balancer; null for none."
  type        = string
  default     = null
}

variable "customer_owned_ipv4_pool" {
  description = "On an Outpost: pool of the addresses by which the local network reaches the load balancer; null elsewhere."
  type        = string
  default     = null

  validation {
    condition     = var.customer_owned_ipv4_pool == null || can(regex("^ipv4pool-coip-[0-9a-f]{8,17}$", var.customer_owned_ipv4_pool))
    error_message = "customer_owned_ipv4_pool must be the id of a pool of customer-owned addresses, such as ipv4pool-coip-0123456789abcdef0."
  }
}

variable "routes" {
  description = "Service name => its health check, its rules (path prefix => priority; a prefix P routes P and P/*) and whether it receives what no rule claims. A further port of a service is a route of its own, SERVICE:PORT."
  type = map(object({
    health_path = string
    rules       = map(number)
    is_default  = bool
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.routes) : can(regex("^[a-z][a-z0-9-]*(:[1-9][0-9]{0,4})?$", name))])
    error_message = "A route is named after its service, or SERVICE:PORT: ${join(", ", keys(var.routes))}."
  }

  validation {
    condition     = alltrue(flatten([for route in values(var.routes) : [for priority in values(route.rules) : priority >= 1 && priority <= 50000]]))
    error_message = "Listener priorities must be 1 to 50000."
  }

  validation {
    condition     = length([for route in values(var.routes) : route if route.is_default]) <= 1
    error_message = "Only one service can take what no rule claims: ${join(", ", [for name, route in var.routes : name if route.is_default])}."
  }
}

variable "timing" {
  description = "The load balancer's part of the timing of a rolling deploy. The idle timeout must be shorter than the servers' keep-alive."
  type = object({
    idle_timeout_seconds          = number
    deregistration_delay_seconds  = number
    health_check_interval_seconds = number
    health_check_timeout_seconds  = number
    healthy_threshold             = number
    unhealthy_threshold           = number
  })
  nullable = false

  validation {
    condition     = var.timing.health_check_timeout_seconds < var.timing.health_check_interval_seconds
    error_message = "health_check_timeout_seconds must be less than health_check_interval_seconds."
  }
}
