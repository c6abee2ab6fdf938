# Services that call others by name: Service Connect's namespace, and who may reach whom.

resource "aws_service_discovery_http_namespace" "this" {
  count = length([for service in local.services : service if service.kind == "backend"]) > 0 ? 1 : 0

  name        = local.prefix
  description = "Services of ${local.prefix} that call each other"

  tags = { Name = local.prefix }
}

module "calls" {
  source = "../modules/service_calls"

  prefix   = local.prefix
  calls    = { for name, service in local.services : name => keys(service.call_variables) if length(service.call_variables) > 0 }
  services = { for name, service in module.service : name => { security_group_id = service.security_group_id, port = local.services[name].port } }
}
