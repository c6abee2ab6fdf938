locals {
  # Without a pool of addresses for it the load balancer stays in the region.
  on_outpost = try(var.outpost.customer_owned_ipv4_pool, null) != null
}

module "load_balancer" {
  source = "../modules/alb"

  name                = local.prefix
  vpc_id              = module.network.vpc_id
  subnet_ids          = local.on_outpost ? module.network.outpost_subnet_ids : module.network.public_subnet_ids
  allowed_cidrs       = var.allowed_cidrs
  certificate_arn     = var.certificate_arn
  deletion_protection = var.deletion_protection
  access_logs_bucket  = var.access_logs_bucket
  web_acl_arn         = var.web_acl_arn

  customer_owned_ipv4_pool = local.on_outpost ? var.outpost.customer_owned_ipv4_pool : null

  routes = merge([
    for name, service in local.webs : {
      for route, way in merge({ (name) = service }, { for port, way in service.ports : "${name}:${port}" => way }) : route => {
        health_path = way.health
        rules       = way.rules
        is_default  = way.is_default
      }
    }
  ]...)

  timing = local.timing
}

resource "aws_route53_record" "this" {
  count = var.dns_zone_id != null ? 1 : 0

  zone_id = var.dns_zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = module.load_balancer.dns_name
    zone_id                = module.load_balancer.zone_id
    evaluate_target_health = true
  }

  lifecycle {
    precondition {
      condition     = var.domain_name != null
      error_message = "dns_zone_id is given without domain_name: say which name of the zone is to lead to the load balancer."
    }
  }
}
