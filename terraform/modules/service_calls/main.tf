# The ways between services: from the caller's group to the called one's, on its port, and nowhere else. They are outside
# ecs_service because two services may call each other.

locals {
  pairs = merge([
    for caller, called in var.calls : { for name in called : "${caller} ${name}" => { from = caller, to = name } }
  ]...)
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = local.pairs

  security_group_id            = var.services[each.value.from].security_group_id
  description                  = "Calls to ${each.value.to}"
  referenced_security_group_id = var.services[each.value.to].security_group_id
  from_port                    = var.services[each.value.to].port
  to_port                      = var.services[each.value.to].port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.prefix}-${each.value.from}-to-${each.value.to}" }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.pairs

  security_group_id            = var.services[each.value.to].security_group_id
  description                  = "Calls from ${each.value.from}"
  referenced_security_group_id = var.services[each.value.from].security_group_id
  from_port                    = var.services[each.value.to].port
  to_port                      = var.services[each.value.to].port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.prefix}-${each.value.from}-to-${each.value.to}" }
}
