# Every folder of services/ with a service.yaml is a service; the orchestrator reads it and passes it on as var.services.

locals {
  services = { for name, service in var.services : name => merge(service, { image = lookup(var.images, name, "") }) }
}

module "service" {
  source   = "../modules/ecs_service"
  for_each = local.services

  prefix  = local.prefix
  name    = each.key
  account = local.account

  image            = each.value.image
  repository       = "${var.project}/${each.key}"
  port             = each.value.port
  former_ports     = lookup(var.former_ports, each.key, [])
  cpu              = each.value.cpu
  memory           = each.value.memory
  cpu_architecture = var.cpu_architecture
  desired_count    = contains(var.paused, each.key) ? 0 : lookup(var.scaled, each.key, lookup(var.counts, each.key, each.value.count))

  environment = merge(
    each.value.environment,
    var.task_environment,
    {
      SERVICE_NAME = each.key
      ENVIRONMENT  = var.environment
      PORT         = tostring(each.value.port)
      BASE_PATH    = each.value.paths[0]
      IMAGE_DIGEST = split("@", each.value.image)[1]
      AWS_REGION   = var.region
    },
    each.value.table == "none" ? {} : { STORIES_TABLE = module.storage.tables["stories"].name },
  )

  table = each.value.table == "none" ? null : {
    arn         = module.storage.tables["stories"].arn
    index_arns  = module.storage.tables["stories"].index_arns
    kms_key_arn = aws_kms_key.this.arn
    access      = each.value.table
  }

  network = module.network

  load_balancer = {
    target_group_arn  = module.load_balancer.target_group_arns[each.key]
    security_group_id = module.load_balancer.security_group_id
    arn_suffix        = module.load_balancer.arn_suffix
  }

  cluster                    = module.cluster
  capacity_provider_strategy = [{ capacity_provider = module.cluster.capacity_provider }]

  logs                     = { retention_days = var.log_retention_days, kms_key_arn = aws_kms_key.this.arn }
  timing                   = local.timing
  enable_execute_command   = var.enable_execute_command
  permissions_boundary_arn = var.permissions_boundary_arn
}

check "counts" {
  assert {
    condition     = length(setsubtract(keys(var.counts), keys(local.services))) == 0
    error_message = "var.counts names what is no service: ${join(", ", setsubtract(keys(var.counts), keys(local.services)))}."
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
