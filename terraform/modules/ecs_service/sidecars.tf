# Containers beside the service's own: the same rules hold for them.

locals {
  # Whom the service's container waits for.
  awaited = { for name, sidecar in var.sidecars : name => sidecar.before if sidecar.before != null }

  sidecars = {
    for name, sidecar in var.sidecars : name => merge(local.common, {
      name        = name
      image       = sidecar.image
      essential   = sidecar.essential
      user        = sidecar.user
      environment = [for variable in sort(keys(sidecar.environment)) : { name = variable, value = sidecar.environment[variable] }]

      logConfiguration = {
        logDriver = "awslogs"
        options   = merge(local.log_options, { awslogs-stream-prefix = name })
      }
      }, {
      for key, value in {
        command      = sidecar.command
        cpu          = sidecar.cpu
        memory       = sidecar.memory
        portMappings = sidecar.port != null ? [{ containerPort = sidecar.port, hostPort = sidecar.port, protocol = "tcp" }] : null
        secrets      = length(sidecar.secrets) > 0 ? [for variable in sort(keys(sidecar.secrets)) : { name = variable, valueFrom = sidecar.secrets[variable].value_from }] : null
        mountPoints  = length(sidecar.mounts) > 0 ? [for volume in sort(keys(sidecar.mounts)) : { sourceVolume = volume, containerPath = sidecar.mounts[volume], readOnly = var.volumes[volume].read_only }] : null
        dependsOn    = length(sidecar.depends_on) > 0 ? [for other, condition in sidecar.depends_on : { containerName = other, condition = condition }] : null

        healthCheck = sidecar.health_check == null ? null : {
          command     = sidecar.health_check.command
          interval    = sidecar.health_check.interval_seconds
          timeout     = sidecar.health_check.timeout_seconds
          retries     = sidecar.health_check.retries
          startPeriod = sidecar.health_check.start_period_seconds
        }
      } : key => value if value != null
    })
  }

  first_sidecars = [for name in sort(keys(local.awaited)) : local.sidecars[name]]
  other_sidecars = [for name in sort(setsubtract(keys(var.sidecars), keys(local.awaited))) : local.sidecars[name]]
}
