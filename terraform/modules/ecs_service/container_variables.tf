# What stands beside the service's container in each task.

variable "sidecars" {
  description = "Container name => a container beside the service's own. `repository` is the ECR repository of its image if it is not the service's; `before` is the condition of this container that the service's waits for, `depends_on` those of others that this one waits for (START, COMPLETE, SUCCESS or HEALTHY); `mounts` is volume => path."
  type = map(object({
    image       = string
    repository  = optional(string)
    command     = optional(list(string))
    user        = optional(string, "10001:10001")
    environment = optional(map(string), {})
    secrets     = optional(map(object({ value_from = string, arns = list(string), kms_key_arns = optional(list(string), []) })), {})
    port        = optional(number)
    cpu         = optional(number)
    memory      = optional(number)
    essential   = optional(bool, true)
    before      = optional(string)
    depends_on  = optional(map(string), {})
    mounts      = optional(map(string), {})
    health_check = optional(object({
      command              = list(string)
      interval_seconds     = optional(number, 10)
      timeout_seconds      = optional(number, 5)
      retries              = optional(number, 3)
      start_period_seconds = optional(number, 0)
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.sidecars) : can(regex("^[a-z][a-z0-9-]{0,62}$", name)) && name != var.name && !startswith(name, "ecs-service-connect")])
    error_message = "Service ${var.name}: a sidecar's name must be lower-case letters, digits and hyphens, and neither ${var.name} nor one of ECS's own (ecs-service-connect)."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", sidecar.image))])
    error_message = "Service ${var.name}: the image of a sidecar must be repository@sha256:<64 hexadecimal digits>."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : can(regex("^[1-9][0-9]{0,9}(:[0-9]{1,10})?$", sidecar.user))])
    error_message = "Service ${var.name}: the user of a sidecar must be the numbers of a user and a group, such as 10001:10001, and not root."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : length(setintersection(keys(sidecar.secrets), keys(sidecar.environment))) == 0])
    error_message = "Service ${var.name}: a sidecar has a variable in both environment and secrets."
  }

  validation {
    condition     = alltrue(flatten([for sidecar in values(var.sidecars) : [for secret in values(sidecar.secrets) : length(secret.arns) > 0 && alltrue([for arn in concat(secret.arns, secret.kms_key_arns) : can(regex("^arn:[a-z-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret|kms:[a-z0-9-]+:[0-9]{12}:key)[^*]+$", arn))])]]))
    error_message = "Service ${var.name}: each of a sidecar's secrets must name the ARN of an SSM parameter or of a Secrets Manager secret, and its KMS keys by ARN, without *."
  }

  validation {
    condition     = alltrue(flatten([for sidecar in values(var.sidecars) : [for condition in concat(compact([sidecar.before]), values(sidecar.depends_on)) : contains(["START", "COMPLETE", "SUCCESS", "HEALTHY"], condition)]]))
    error_message = "Service ${var.name}: the condition of a dependency between containers must be START, COMPLETE, SUCCESS or HEALTHY."
  }

  validation {
    condition     = alltrue(flatten([for name, sidecar in var.sidecars : [for other in keys(sidecar.depends_on) : other != name && contains(concat([var.name], keys(var.sidecars)), other)]]))
    error_message = "Service ${var.name}: a sidecar depends on a container that is not there."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : sidecar.before == null || !contains(keys(sidecar.depends_on), var.name)])
    error_message = "Service ${var.name}: a sidecar and the service's container wait for each other."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
  validation {
    condition = alltrue(flatten([
      for name, sidecar in var.sidecars : [
        for condition in concat(compact([sidecar.before]), [for other in values(var.sidecars) : other.depends_on[name] if contains(keys(other.depends_on), name)]) :
        condition == "HEALTHY" ? sidecar.health_check != null : condition == "START" || !sidecar.essential
      ]
    ]))
    error_message = "Service ${var.name}: whoever waits for HEALTHY needs a sidecar with a health_check, and whoever waits for COMPLETE or SUCCESS one that is not essential."
  }

  validation {
    condition     = length(distinct(concat(local.ports, [for sidecar in values(var.sidecars) : sidecar.port if sidecar.port != null]))) == length(concat(local.ports, [for sidecar in values(var.sidecars) : sidecar.port if sidecar.port != null]))
    error_message = "Service ${var.name}: two containers of a task listen on one port."
  }

  validation {
    condition     = sum(concat([0], [for sidecar in values(var.sidecars) : coalesce(sidecar.memory, 0)])) < var.memory && sum(concat([0], [for sidecar in values(var.sidecars) : coalesce(sidecar.cpu, 0)])) < var.cpu
    error_message = "Service ${var.name}: its sidecars leave nothing of the task's ${var.cpu} CPU units and ${var.memory} MiB."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.sidecars) : length(setsubtract(keys(sidecar.mounts), keys(var.volumes))) == 0 && alltrue([for path in values(sidecar.mounts) : can(regex("^/[^:]+$", path))])])
    error_message = "Service ${var.name}: a sidecar mounts a volume that is not in volumes, or at a path that does not begin with /."
  }
}

variable "volumes" {
  description = "Volume name => where the service's container finds it: a writable folder, empty when the task starts, or an EFS file system. An EFS file system is mounted with TLS and IAM authorization, and needs the security group of its mount targets."
  type = map(object({
    path                       = string
    read_only                  = optional(bool, false)
    file_system                = optional(string)
    access_point               = optional(string)
    file_system_security_group = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, volume in var.volumes : can(regex("^[a-z][a-z0-9-]{0,62}$", name)) && can(regex("^/[^:]+$", volume.path))])
    error_message = "Service ${var.name}: a volume's name must be lower-case letters, digits and hyphens, and its path must begin with / and be more than that."
  }

  validation {
    condition     = length(distinct(values(var.volumes)[*].path)) == length(var.volumes)
    error_message = "Service ${var.name}: two volumes have the same path."
  }

  validation {
    condition = alltrue([
      for volume in values(var.volumes) :
      volume.file_system == null
      ? volume.access_point == null && volume.file_system_security_group == null && !volume.read_only
      : can(regex("^fs-[0-9a-f]+$", volume.file_system)) && (volume.access_point == null || can(regex("^fsap-[0-9a-f]+$", volume.access_point)))
    ])
    error_message = "Service ${var.name}: file_system must be the id of an EFS file system (fs-...), access_point that of an access point (fsap-...); without a file system there is no access_point, no security group and nothing to be read_only."
  }

  validation {
    condition     = alltrue([for volume in values(var.volumes) : volume.file_system == null || volume.file_system_security_group != null])
    error_message = "Service ${var.name}: a volume with a file_system needs file_system_security_group, the group of its mount targets: without it the tasks could not reach them."
  }

  validation {
    condition     = var.launch_type != "EXTERNAL" || alltrue([for volume in values(var.volumes) : volume.file_system == null])
    error_message = "Service ${var.name}: ECS mounts no EFS file system outside AWS."
  }
}
