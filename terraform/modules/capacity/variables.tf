variable "name" {
  description = "Name of the capacity provider, the Auto Scaling group and what belongs to them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,54}$", var.name)) && !can(regex("(?i)^(aws|ecs|fargate)", var.name))
    error_message = "The name ${var.name} must be 1 to 54 letters, digits, hyphens and underscores: a role's name adds nine. ECS keeps names that begin with aws, ecs and fargate for itself."
  }
}

variable "account" {
  description = "Where the instances are."
  type        = object({ id = string, region = string, partition = string })
  nullable    = false
}

variable "cluster_name" {
  description = "Cluster that the instances serve."
  type        = string
  nullable    = false
}

variable "network" {
  description = "VPC, private subnets and their routes out. On an Outpost: its subnets."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    prefix_list_ids    = map(string)
    internet           = bool
    endpoints          = optional(object({ security_group_id = string }))
  })
  nullable = false
}

variable "instance_types" {
  description = "Instance types, the preferred one first. With several of them an instance is of the first one that can be had."
  type        = list(string)
  default     = ["m7i.large"]
  nullable    = false

  validation {
    condition     = length(var.instance_types) >= 1 && length(var.instance_types) <= 20 && length(distinct(var.instance_types)) == length(var.instance_types) && alltrue([for type in var.instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", type))])
    error_message = "Capacity ${var.name}: instance_types must be 1 to 20 different instance types such as m7i.large, not ${join(", ", var.instance_types)}."
  }
}

variable "spot" {
  description = "Use Spot instances only: cheaper; AWS may take one back with two minutes' notice, and its tasks are drained meanwhile."
  type        = bool
  default     = false
  nullable    = false
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; the images must be built for it."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64, not ${var.cpu_architecture}."
  }
}

variable "min_size" {
  description = "Fewest instances, also while no task runs."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.min_size >= 0 && floor(var.min_size) == var.min_size
    error_message = "Capacity ${var.name}: min_size must be a whole number, 0 or more, not ${var.min_size}."
  }
}

variable "max_size" {
  description = "Most instances. A refresh needs room for new ones beside the old ones: at most half of it is used in normal times."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.max_size >= 1 && var.max_size <= 10000 && floor(var.max_size) == var.max_size
    error_message = "Capacity ${var.name}: max_size must be a whole number from 1 to 10000, not ${var.max_size}."
  }
}

variable "ami_id" {
  description = "AMI of the instances, with the ECS agent; null for the newest ECS-optimised Amazon Linux 2023 at the time of the plan."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null || can(regex("^ami-[0-9a-f]{8,17}$", var.ami_id))
    error_message = "Capacity ${var.name}: ami_id must be the id of an AMI, such as ami-0123456789abcdef0."
  }
}

variable "root_volume" {
  description = "Size in GiB and type of an instance's disk, for images and for what containers write. Some Outposts offer gp2 alone."
  type        = object({ gib = optional(number, 50), type = optional(string, "gp3") })
  default     = {}
  nullable    = false

  validation {
    condition     = var.root_volume.gib >= 30 && var.root_volume.gib <= 16384 && contains(["gp2", "gp3"], var.root_volume.type)
    error_message = "Capacity ${var.name}: root_volume.gib must be 30 (the size of the AMI) to 16384 and root_volume.type gp2 or gp3."
  }
}

variable "largest_task" {
  description = "CPU units and memory in MiB of the largest task, refused if an instance type has less; null not to ask."
  type        = object({ cpu = number, memory = number })
  default     = null
}

variable "protect_instances" {
  description = "Keep instances with tasks when the group scales in (managed termination protection)."
  type        = bool
  default     = true
  nullable    = false
}

variable "session_manager" {
  description = "Allow shells on the instances through Session Manager."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of the instances, their disks and interfaces, which the provider's default tags do not reach."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; null for none."
  type        = string
  default     = null
}
