variable "name" {
  description = "Prefix of every name."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region, part of the names of VPC endpoint services."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "Address range of the VPC."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "cidr must be an IPv4 range from /16 to /20, such as 10.0.0.0/16, not ${var.cidr}."
  }
}

variable "availability_zones" {
  description = "Zones to spread over, one public and one private subnet in each. Append only: a subnet's range is derived from its position in the list."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 6
    error_message = "availability_zones must name 2 to 6 zones: a load balancer needs two."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones names a zone twice: ${join(", ", var.availability_zones)}."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "availability_zones must be zones of ${var.region}, not ${join(", ", var.availability_zones)}."
  }
}

variable "outpost" {
  description = "Outpost on which there is a subnet besides: its ARN, the zone that it belongs to, and the range of the local network with the local gateway that leads to it. Null for none."
  type = object({
    arn               = string
    availability_zone = string
    local_network     = optional(object({ cidr = string, gateway_id = string, route_table_id = string }))
  })
  default = null

  validation {
    condition     = var.outpost == null || try(can(regex("^arn:[^:]+:outposts:[^:]+:[0-9]{12}:outpost/op-[0-9a-f]{17}$", var.outpost.arn)), false)
    error_message = "outpost.arn must be the ARN of an Outpost, such as arn:aws:outposts:us-east-1:111111111111:outpost/op-0123456789abcdef0."
  }

  validation {
    condition     = var.outpost == null || try(contains(var.availability_zones, var.outpost.availability_zone), false)
    error_message = "outpost.availability_zone must be one of availability_zones: the Outpost's subnet shares that zone's route out."
  }

  validation {
    condition     = try(var.outpost.local_network, null) == null || try(can(cidrnetmask(var.outpost.local_network.cidr)) && startswith(var.outpost.local_network.gateway_id, "lgw-") && startswith(var.outpost.local_network.route_table_id, "lgw-rtb-"), false)
    error_message = "outpost.local_network needs an IPv4 range, the id of a local gateway (lgw-...) and the id of its route table (lgw-rtb-...)."
  }
}

variable "egress" {
  description = "How private subnets reach AWS: nat_per_zone, nat_single (cheaper; a failure of its zone cuts off all tasks) or endpoints (no internet access)."
  type        = string
  default     = "nat_per_zone"
  nullable    = false

  validation {
    condition     = contains(["nat_per_zone", "nat_single", "endpoints"], var.egress)
    error_message = "egress must be nat_per_zone, nat_single or endpoints, not ${var.egress}."
  }
}

variable "interface_endpoints" {
  description = "AWS services that get an interface endpoint when egress is endpoints. A Fargate task cannot start without these three."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "logs"]
  nullable    = false

  validation {
    condition     = length(setsubtract(["ecr.api", "ecr.dkr", "logs"], var.interface_endpoints)) == 0
    error_message = "interface_endpoints must hold ecr.api, ecr.dkr and logs: a Fargate task cannot start without them."
  }
}

variable "flow_logs" {
  description = "Log the VPC's traffic to CloudWatch Logs."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "Days to keep flow logs."
  type        = number
  default     = 365
  nullable    = false
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the flow logs."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles; null for none."
  type        = string
  default     = null
}
