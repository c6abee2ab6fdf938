# How many tasks, where, and how they are replaced.

variable "desired_count" {
  description = "Number of tasks to keep running. With `scaling`, the number that runs now: a plan must not undo what autoscaling did. Null for a job, whose tasks something else starts: there is then no ECS service, only what a task needs."
  type        = number

  validation {
    condition     = var.desired_count == null || try(var.desired_count >= 0 && floor(var.desired_count) == var.desired_count, false)
    error_message = "Service ${var.name}: the number of tasks must be a whole number, 0 or more, not ${coalesce(var.desired_count, 0)}."
  }

  validation {
    condition     = var.desired_count != null || var.load_balancer == null && var.service_connect == null && var.scaling == null && var.deployment_alarms == null
    error_message = "Job ${var.name}: only a service has a load balancer, Service Connect, scaling and deployment alarms."
  }
}

variable "cluster" {
  description = "ECS cluster to run in, with its capacity providers in place."
  type        = object({ arn = string })
  nullable    = false
}

variable "launch_type" {
  description = "FARGATE, EC2 (instances of an Auto Scaling group) or EXTERNAL (machines outside AWS: no load balancer, no Service Connect, ports are those of the machine)."
  type        = string
  default     = "FARGATE"
  nullable    = false

  validation {
    condition     = contains(["FARGATE", "EC2", "EXTERNAL"], var.launch_type)
    error_message = "Service ${var.name}: launch_type must be FARGATE, EC2 or EXTERNAL, not ${var.launch_type}."
  }

  validation {
    condition     = var.launch_type != "EXTERNAL" || var.load_balancer == null && var.service_connect == null
    error_message = "Service ${var.name}: a machine outside AWS can be used neither by a load balancer nor by Service Connect."
  }
}

variable "capacity_provider_strategy" {
  description = "Capacity providers of the cluster that tasks are divided among: the first `base` tasks go to one, the others by `weight`. Empty for EXTERNAL."
  type        = list(object({ capacity_provider = string, base = optional(number, 0), weight = optional(number, 1) }))
  default     = [{ capacity_provider = "FARGATE" }]
  nullable    = false

  validation {
    condition     = (length(var.capacity_provider_strategy) == 0) == (var.launch_type == "EXTERNAL")
    error_message = "Service ${var.name}: FARGATE and EC2 need a capacity provider, EXTERNAL has none."
  }

  validation {
    condition     = alltrue([for entry in var.capacity_provider_strategy : contains(["FARGATE", "FARGATE_SPOT"], entry.capacity_provider) == (var.launch_type == "FARGATE")])
    error_message = "Service ${var.name}: FARGATE and FARGATE_SPOT are for the launch type FARGATE, and only they."
  }

  validation {
    condition     = length(var.capacity_provider_strategy) == 0 || length([for entry in var.capacity_provider_strategy : entry if entry.base > 0]) <= 1 && anytrue([for entry in var.capacity_provider_strategy : entry.weight > 0])
    error_message = "Service ${var.name}: only one capacity provider can have a base, and one must have a weight above 0."
  }

  validation {
    condition     = length(distinct(var.capacity_provider_strategy[*].capacity_provider)) == length(var.capacity_provider_strategy)
    error_message = "Service ${var.name}: a capacity provider is named twice."
  }
}

variable "force_new_deployment" {
  description = "Set for the one apply that changes the capacity providers of a running service: without it the provider replaces the service, which stops all its tasks."
  type        = bool
  default     = false
  nullable    = false
}

variable "timing" {
  description = "ECS's part of the timing of a rolling deploy. idle_timeout_seconds is how long Service Connect keeps a silent connection: shorter than the servers' keep-alive."
  type = object({
    stop_timeout_seconds              = number
    health_check_grace_period_seconds = number
    minimum_healthy_percent           = number
    maximum_percent                   = number
    idle_timeout_seconds              = optional(number, 60)
  })
  nullable = false

  validation {
    condition     = var.timing.stop_timeout_seconds >= 0 && var.timing.stop_timeout_seconds <= 120
    error_message = "stop_timeout_seconds must be 0 to 120, Fargate's most."
  }
}

variable "deployment_alarms" {
  description = "CloudWatch alarms that fail a deployment while it lasts, and whether ECS then goes back to the previous version; null for none."
  type        = object({ names = set(string), rollback = optional(bool, true) })
  default     = null

  validation {
    condition     = var.deployment_alarms == null || try(length(var.deployment_alarms.names) > 0, false)
    error_message = "Service ${var.name}: deployment_alarms names no alarm; use null for none."
  }
}

variable "scaling" {
  description = "Autoscaling between `min` and `max` tasks: by average CPU and memory in percent, requests per task and minute, messages per task in a queue, and by a schedule (cron of six fields, time zone) that sets other limits. Null for none."
  type = object({
    min      = number
    max      = number
    cpu      = optional(number)
    memory   = optional(number)
    requests = optional(number)
    backlog  = optional(object({ messages = number, queue_name = string }))
    schedule = optional(list(object({ cron = string, time_zone = optional(string, "UTC"), min = number, max = number })), [])
  })
  default = null

  validation {
    condition     = var.scaling == null || try(alltrue([for limits in concat([{ min = var.scaling.min, max = var.scaling.max }], [for entry in var.scaling.schedule : { min = entry.min, max = entry.max }]) : limits.min >= 0 && limits.max >= limits.min && limits.max >= 1 && floor(limits.min) == limits.min && floor(limits.max) == limits.max]), false)
    error_message = "Service ${var.name}: min and max must be whole numbers of tasks, min 0 or more, max 1 or more and not less than min."
  }

  validation {
    condition     = var.scaling == null || try(alltrue([for percent in [var.scaling.cpu, var.scaling.memory] : percent == null || try(percent >= 1 && percent <= 100, false)]), false)
    error_message = "Service ${var.name}: scaling by cpu and memory is in percent, 1 to 100."
  }

  validation {
    condition     = var.scaling == null || try(coalesce(var.scaling.requests, 1) > 0 && try(var.scaling.backlog.messages > 0, true), false)
    error_message = "Service ${var.name}: requests and backlog must be more than 0."
  }

  validation {
    condition     = try(var.scaling.requests, null) == null || try(var.load_balancer.arn_suffix, null) != null
    error_message = "Service ${var.name}: scaling by requests needs a load balancer with its arn_suffix."
  }

  # Messages per task cannot be divided by no tasks: nothing would ever start the first one.
  validation {
    condition     = try(var.scaling.backlog, null) == null || try(alltrue([for min in concat([var.scaling.min], var.scaling.schedule[*].min) : min >= 1]), false)
    error_message = "Service ${var.name}: scaling by backlog needs a min of 1 or more."
  }

  validation {
    condition     = var.scaling == null || try(alltrue([for entry in var.scaling.schedule : can(regex("^\\S+( \\S+){5}$", entry.cron))]) && length(distinct([for entry in var.scaling.schedule : "${entry.time_zone} ${entry.cron}"])) == length(var.scaling.schedule), false)
    error_message = "Service ${var.name}: a schedule's cron must be six fields with one space between them (minute hour day month weekday year), and no two entries may have the same time."
  }

  validation {
    condition     = var.scaling == null || try(length(compact([var.scaling.cpu, var.scaling.memory, var.scaling.requests, try(var.scaling.backlog.messages, null)])) + length(var.scaling.schedule) > 0, false)
    error_message = "Service ${var.name}: scaling says by what: cpu, memory, requests, backlog or schedule."
  }
}

variable "live_limits" {
  description = "The limits of autoscaling as they are now: kept if they are those of the schedule, which would otherwise be undone by every apply. Null if not known."
  type        = object({ min = number, max = number })
  default     = null
}
