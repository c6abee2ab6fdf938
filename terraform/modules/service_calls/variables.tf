variable "prefix" {
  description = "Prefix of all names: project-environment."
  type        = string
  nullable    = false
}

variable "calls" {
  description = "Caller => names of the services that it calls."
  type        = map(set(string))
  nullable    = false

  validation {
    condition     = alltrue([for caller, called in var.calls : !contains(called, caller)])
    error_message = "A service does not call itself through Service Connect: ${join(", ", [for caller, called in var.calls : caller if contains(called, caller)])}."
  }

  validation {
    condition     = length(setsubtract(flatten(concat(keys(var.calls), [for called in values(var.calls) : tolist(called)])), keys(var.services))) == 0
    error_message = "calls names what is no service: ${join(", ", setsubtract(flatten(concat(keys(var.calls), [for called in values(var.calls) : tolist(called)])), keys(var.services)))}."
  }

  validation {
    condition     = alltrue(flatten([for called in values(var.calls) : [for name in called : try(var.services[name].port != null, true)]]))
    error_message = "calls names a service that listens on no port."
  }
}

variable "services" {
  description = "Service name => security group of its tasks and the port that its container listens on, null for one that is not called."
  type        = map(object({ security_group_id = string, port = optional(number) }))
  nullable    = false
}
