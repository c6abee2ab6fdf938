# Every folder of services/ with a service.yaml is a service; the orchestrator reads it and passes it on as var.services.
# Of a job there is the task definition and its state machine (jobs.tf), a sidecar is a container of other services' tasks, of
# all others there is an ECS service.

locals {
  every    = { for name, service in var.services : name => merge(service, { image = lookup(var.images, name, "") }) }
  sidecars = { for name, service in local.every : name => service if service.kind == "sidecar" }
  services = { for name, service in local.every : name => service if service.kind != "sidecar" }
  webs     = { for name, service in local.services : name => service if service.kind == "web" }

  # Every variable of a service that is no setting of its own.
  given_variables = {
    for name, service in local.services : name => merge(
      {
        SERVICE_NAME = name
        ENVIRONMENT  = var.environment
        IMAGE_DIGEST = split("@", service.image)[1]
        AWS_REGION   = var.region
      },
      contains(["web", "backend"], service.kind) ? { PORT = tostring(service.port) } : {},
      service.kind == "web" ? { BASE_PATH = service.paths[0] } : {},
      { for grant in service.grants : grant.variable => module.storage.values[grant.item] },
      { for other, variable in service.call_variables : variable => "http://${other}:${local.services[other].port}" },
    )
  }

  # The stories table came before there was storage of any kind, and its policy keeps its name: a new one beside it would
  # leave the service without rights between the two.
  table_grants = { for name, service in local.services : name => one([for grant in service.grants : grant if grant.item == "stories"]) }
  other_grants = { for name, service in local.services : name => [for grant in service.grants : grant if grant.item != "stories"] }
}

module "service" {
  source   = "../modules/ecs_service"
  for_each = local.services

  prefix  = local.prefix
  name    = each.key
  account = local.account

  image            = each.value.image
  repository       = "${var.project}/${each.key}"
  port             = contains(["web", "backend"], each.value.kind) ? each.value.port : null
  former_ports     = lookup(var.former_ports, each.key, [])
  cpu              = each.value.cpu
  memory           = each.value.memory
  cpu_architecture = var.cpu_architecture
  desired_count    = each.value.kind == "job" ? null : contains(var.paused, each.key) ? 0 : lookup(var.scaled, each.key, lookup(var.counts, each.key, each.value.count))

  command     = each.value.command
  user        = each.value.user
  environment = merge(each.value.environment, var.task_environment, local.given_variables[each.key])
  secrets     = module.secrets[each.key].references
  volumes     = each.value.volumes

  sidecars = {
    for name, use in each.value.sidecars : name => {
      image       = local.sidecars[name].image
      repository  = "${var.project}/${name}"
      command     = local.sidecars[name].command
      user        = local.sidecars[name].user
      environment = merge(local.sidecars[name].environment, use.environment)
      secrets     = module.secrets[name].references
      cpu         = use.cpu
      memory      = use.memory
      essential   = use.essential
      before      = !use.before ? null : use.essential ? "START" : "SUCCESS"
      mounts      = use.mounts
    }
  }

  table = local.table_grants[each.key] == null ? null : {
    arn         = module.storage.tables["stories"].arn
    index_arns  = module.storage.tables["stories"].index_arns
    kms_key_arn = aws_kms_key.this.arn
    access      = local.table_grants[each.key].access
  }

  # One policy for each item: the names of statements would not be unique in one for all.
  task_policies = {
    for grant in local.other_grants[each.key] : "storage-${grant.item}" => jsonencode({
      Version   = "2012-10-17"
      Statement = [for statement in module.storage.access[grant.item][grant.access] : { for key, value in statement : key => value if value != null }]
    })
  }

  uses_dynamodb = anytrue([for grant in each.value.grants : module.storage.services[grant.item] == "dynamodb"])

  network = local.networks[each.key]

  load_balancer = each.value.kind != "web" ? null : {
    target_group_arn  = module.load_balancer.target_group_arns[each.key]
    security_group_id = module.load_balancer.security_group_id
    arn_suffix        = module.load_balancer.arn_suffix
    ports             = { for port in keys(each.value.ports) : port => module.load_balancer.target_group_arns["${each.key}:${port}"] }
  }

  service_connect = length(aws_service_discovery_http_namespace.this) == 0 || each.value.kind == "job" || each.value.kind != "backend" && length(each.value.call_variables) == 0 ? null : {
    namespace_arn = aws_service_discovery_http_namespace.this[0].arn
    server        = each.value.kind == "backend" ? {} : null
  }

  deployment_alarms = try(length(each.value.alarms.rollback), 0) == 0 ? null : { names = module.alarms[each.key].rollback_names }

  scaling = each.value.scaling == null ? null : merge(each.value.scaling, {
    backlog = each.value.scaling.backlog == null ? null : { messages = each.value.scaling.backlog, queue_name = module.storage.queues[each.key].name }
  })
  live_limits = lookup(var.live_limits, each.key, null)

  cluster                    = module.cluster
  launch_type                = local.launch_types[local.capacity[each.key].kind]
  capacity_provider_strategy = local.strategies[each.key]
  force_new_deployment       = contains(var.moving, each.key)

  logs                     = { retention_days = var.log_retention_days, kms_key_arn = aws_kms_key.this.arn }
  timing                   = merge(local.timing, { stop_timeout_seconds = each.value.stop_timeout })
  enable_execute_command   = var.enable_execute_command
  permissions_boundary_arn = var.permissions_boundary_arn
}

module "secrets" {
  source   = "../modules/secret_references"
  for_each = local.every

  account = local.account
  secrets = each.value.secrets
}

locals {
  unused_counts = [for name in keys(var.counts) : name if try(local.services[name].kind == "job" || local.services[name].scaling != null, false)]
}

check "counts" {
  assert {
    condition     = length(setsubtract(keys(var.counts), keys(local.services))) == 0
    error_message = "var.counts names what is no service: ${join(", ", setsubtract(keys(var.counts), keys(local.services)))}."
  }

  assert {
    condition     = length(local.unused_counts) == 0
    error_message = "var.counts has numbers of tasks that nothing uses, of jobs or of services with scaling: ${join(", ", local.unused_counts)}."
  }
}

# Plain `terraform plan` is given what the orchestrator has read: after an edit that is no longer what the file says.
check "manifests" {
  assert {
    condition = alltrue([
      for name, service in var.services :
      service.manifest_sha256 == null || try(filesha256("${path.module}/../../services/${name}/service.yaml"), service.manifest_sha256) == service.manifest_sha256
    ])
    error_message = "A service.yaml has changed since the orchestrator read it: run python3 orchestrate.py plan ${var.environment}, which reads it again."
  }
}
