# Alarms that manifests ask for, and the environment's dashboard.

locals {
  queues = {
    for name, service in local.services : name => service.kind != "worker" ? null : {
      name             = module.storage.queues[name].name
      dead_letter_name = module.storage.queues[name].dead_letters.name
    }
  }
}

module "alarms" {
  source   = "../modules/service_alarms"
  for_each = { for name, service in local.services : name => service if service.alarms != null }

  prefix       = local.prefix
  name         = each.key
  cluster_name = module.cluster.name
  topic_arns   = var.alarm_topic_arns
  queue        = local.queues[each.key]

  # A manifest says `unhealthy` for unhealthy_hosts.
  alarms = merge(each.value.alarms, {
    unhealthy_hosts = each.value.alarms.unhealthy
    rollback        = [for name in each.value.alarms.rollback : name == "unhealthy" ? "unhealthy_hosts" : name]
  })

  load_balancer = each.value.kind != "web" ? null : {
    arn_suffix              = module.load_balancer.arn_suffix
    target_group_arn_suffix = module.load_balancer.target_group_arn_suffixes[each.key]
    ports                   = { for port in keys(each.value.ports) : port => module.load_balancer.target_group_arn_suffixes["${each.key}:${port}"] }
  }
}

module "dashboard" {
  source = "../modules/dashboard"
  count  = var.dashboard ? 1 : 0

  name                     = local.prefix
  region                   = var.region
  cluster_name             = module.cluster.name
  load_balancer_arn_suffix = module.load_balancer.arn_suffix

  services = {
    for name, service in local.services : name => {
      target_group_arn_suffix = service.kind == "web" ? module.load_balancer.target_group_arn_suffixes[name] : null
      ports                   = { for port in keys(service.ports) : port => module.load_balancer.target_group_arn_suffixes["${name}:${port}"] }
      queue_name              = try(local.queues[name].name, null)
      dead_letter_name        = try(local.queues[name].dead_letter_name, null)
    }
    if service.kind != "job"
  }
}
