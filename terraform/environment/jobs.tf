# Jobs: services of kind job, each with its task definition (services.tf), its state machine and, if it has one, its
# schedule.

module "job" {
  source   = "../modules/job"
  for_each = { for name, service in local.services : name => service if service.kind == "job" }

  prefix          = local.prefix
  name            = each.key
  account         = local.account
  schedule        = each.value.schedule
  time_zone       = each.value.time_zone
  enabled         = !contains(var.paused, each.key)
  overlap         = each.value.overlap
  retries         = each.value.retries
  timeout_seconds = each.value.timeout

  task = module.service[each.key].task

  cluster = {
    arn      = module.cluster.arn
    name     = module.cluster.name
    capacity = local.strategies[each.key]
  }

  network                  = local.capacity[each.key].kind == "external" ? null : { subnet_ids = local.networks[each.key].private_subnet_ids, security_group_ids = [module.service[each.key].security_group_id] }
  kms_key_arn              = aws_kms_key.this.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}
