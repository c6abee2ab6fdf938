# What tasks run on, and what of it the environment has.

variable "capacity_provider" {
  description = "What tasks run on unless a manifest says otherwise: FARGATE, FARGATE_SPOT (cheaper; AWS may stop a task with two minutes' notice) or EC2 (instances of your own)."
  type        = string
  default     = "FARGATE"
  nullable    = false

  validation {
    condition     = contains(["FARGATE", "FARGATE_SPOT", "EC2"], var.capacity_provider)
    error_message = "capacity_provider must be FARGATE, FARGATE_SPOT or EC2, not ${var.capacity_provider}."
  }

  validation {
    condition     = var.capacity_provider != "EC2" || var.ec2 != null
    error_message = "capacity_provider is EC2, and there is no ec2 = {...}: say of which type the instances are, and how many there may be."
  }
}

variable "ec2" {
  description = "Instances of your own for services with the capacity ec2: their types, the preferred one first, how many there are at least and at most, their disk, and an AMI where it is not the newest ECS-optimised Amazon Linux 2023. Null for none."
  type = object({
    instance_types = optional(list(string), ["m7i.large"])
    min            = optional(number, 0)
    max            = optional(number, 4)
    spot           = optional(bool, false)
    ami_id         = optional(string)
    disk_gib       = optional(number, 50)
    disk_type      = optional(string, "gp3")
  })
  default = null
}

variable "external" {
  description = "Machines outside AWS for services with the capacity external: how many can register with one code, and when that code is void, in UTC and at most 30 days ahead. Null for none."
  type = object({
    machines   = optional(number, 1)
    expires_at = string
  })
  default = null
}

variable "outpost" {
  description = "Outpost that the instances of ec2 and their tasks are on: its ARN, its zone, the local network with the gateway to it, and a pool of addresses if the load balancer is to be there too. Null for none."
  type = object({
    arn                      = string
    availability_zone        = string
    local_network            = optional(object({ cidr = string, gateway_id = string, route_table_id = string }))
    customer_owned_ipv4_pool = optional(string)
  })
  default = null

  validation {
    condition     = var.outpost == null || var.ec2 != null
    error_message = "outpost is given without ec2: an Outpost has no Fargate, so nothing would run there. Add ec2 = { instance_types = [...] } with types that the Outpost has."
  }
}
