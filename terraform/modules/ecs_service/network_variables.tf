# Who talks to whom.

variable "port" {
  description = "Port that the container listens on; null for a service that is not called."
  type        = number
  default     = null
}

variable "former_ports" {
  description = "Ports that the previous version listens on, open to the load balancer until the new version is verified."
  type        = list(number)
  default     = []
  nullable    = false
}

variable "network" {
  description = "VPC, private subnets and their routes out."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    prefix_list_ids    = map(string)
    internet           = bool
    endpoints          = optional(object({ security_group_id = string }))
  })
  nullable = false
}

variable "uses_dynamodb" {
  description = "The task calls DynamoDB otherwise than through `table`: opens the way to it where there is no internet access."
  type        = bool
  default     = false
  nullable    = false
}

variable "load_balancer" {
  description = "Target group of the service, already used by a listener, and the load balancer's security group; arn_suffix is needed to scale by requests. `ports` are further ports of the container, each with its target group. Null for a service without a load balancer."
  type        = object({ target_group_arn = string, security_group_id = string, arn_suffix = optional(string), ports = optional(map(string), {}) })
  default     = null

  validation {
    condition     = var.load_balancer == null || var.port != null
    error_message = "Service ${var.name}: a load balancer needs the port that the container listens on."
  }

  validation {
    condition     = alltrue([for port in flatten([for balancer in var.load_balancer[*] : keys(balancer.ports)]) : can(regex("^[1-9][0-9]{0,4}$", port)) && try(tonumber(port) <= 65535, false) && port != try(tostring(var.port), "")])
    error_message = "Service ${var.name}: further ports must be numbers up to 65535, and others than its port ${coalesce(var.port, 0)}."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
  validation {
    condition     = alltrue([for balancer in var.load_balancer[*] : length(balancer.ports) <= 4])
    error_message = "Service ${var.name}: ECS registers a service with 5 target groups at most, so that there can be 4 further ports."
  }
}

variable "service_connect" {
  description = "Service Connect: its namespace and, for a service that is called, how (`server`: name and port that callers use, protocol http, http2, grpc or tcp, and the longest that a request may take). Without `server` the service only calls others."
  type = object({
    namespace_arn = string
    server = optional(object({
      alias                   = optional(string)
      port                    = optional(number)
      protocol                = optional(string, "http")
      request_timeout_seconds = optional(number)
    }))
  })
  default = null

  validation {
    condition     = try(var.service_connect.server, null) == null || var.port != null
    error_message = "Service ${var.name}: to be called through Service Connect it needs the port that the container listens on."
  }

  validation {
    condition     = contains(["http", "http2", "grpc", "tcp"], try(var.service_connect.server.protocol, "http"))
    error_message = "Service ${var.name}: the protocol for Service Connect must be http, http2, grpc or tcp."
  }

  # A request that outlives the container is cut off when a task stops.
  validation {
    condition     = try(var.service_connect.server.request_timeout_seconds, null) == null || try(var.service_connect.server.request_timeout_seconds >= 1 && var.service_connect.server.request_timeout_seconds <= var.timing.stop_timeout_seconds && var.service_connect.server.protocol != "tcp", false)
    error_message = "Service ${var.name}: request_timeout_seconds must be 1 to ${var.timing.stop_timeout_seconds}, the seconds that a stopped container has to finish; tcp has no requests."
  }
}
