# Services that call others by name: Service Connect's namespace, and who may reach whom.

locals {
  calls = merge([
    for caller, service in local.services : {
      for callee in keys(service.call_variables) : "${caller} ${callee}" => { caller = caller, callee = callee }
    }
  ]...)
}

resource "aws_service_discovery_http_namespace" "this" {
  count = length([for service in local.services : service if service.kind == "backend"]) > 0 ? 1 : 0

  name        = local.prefix
  description = "Services of ${local.prefix} that call each other"

  tags = { Name = local.prefix }
}

resource "aws_vpc_security_group_egress_rule" "calls" {
  for_each = local.calls

  security_group_id            = module.service[each.value.caller].security_group_id
  description                  = "Calls to ${each.value.callee}"
  referenced_security_group_id = module.service[each.value.callee].security_group_id
  from_port                    = local.services[each.value.callee].port
  to_port                      = local.services[each.value.callee].port
  ip_protocol                  = "tcp"

  tags = { Name = "${local.prefix}-${each.value.caller}-to-${each.value.callee}" }
}

resource "aws_vpc_security_group_ingress_rule" "calls" {
  for_each = local.calls

  security_group_id            = module.service[each.value.callee].security_group_id
  description                  = "Calls from ${each.value.caller}"
  referenced_security_group_id = module.service[each.value.caller].security_group_id
  from_port                    = local.services[each.value.callee].port
  to_port                      = local.services[each.value.callee].port
  ip_protocol                  = "tcp"

  tags = { Name = "${local.prefix}-${each.value.caller}-to-${each.value.callee}" }
}
