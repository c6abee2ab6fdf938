locals {
  https = var.certificate_arn != null
  ports = local.https ? { http = 80, https = 443 } : { http = 80 }

  ingress = {
    for pair in setproduct(keys(local.ports), var.allowed_cidrs) :
    "${pair[0]} ${pair[1]}" => { scheme = pair[0], port = local.ports[pair[0]], cidr = pair[1] }
  }

  default_service          = one([for name, route in var.routes : name if route.is_default])
  default_target_group_arn = local.default_service == null ? null : aws_lb_target_group.this[local.default_service].arn

  # A load balancer cannot send application/problem+json, so the body alone follows RFC 9457.
  not_found = jsonencode({ type = "about:blank", title = "Not Found", status = 404, detail = "No service has this path." })
}

resource "aws_security_group" "this" {
  name        = "${var.name}-alb"
  description = "Load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-alb" }
}

# Who may be reached from here is said by each service, beside its own security group.
resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = local.ingress

  security_group_id = aws_security_group.this.id
  description       = "${upper(each.value.scheme)} from clients"
  cidr_ipv4         = each.value.cidr
  from_port         = each.value.port
  to_port           = each.value.port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name}-alb-${each.value.scheme}" }
}

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_76:a web ACL costs by the request and belongs to the account's security team; web_acl_arn attaches theirs, with the rule groups that they chose
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.this.id]
  idle_timeout               = var.timing.idle_timeout_seconds
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  enable_deletion_protection = var.deletion_protection
  customer_owned_ipv4_pool   = var.customer_owned_ipv4_pool

  dynamic "access_logs" {
    for_each = var.access_logs_bucket[*]

    content {
      bucket  = access_logs.value
      prefix  = var.name
      enabled = true
    }
  }

  tags = { Name = var.name }
}

resource "aws_lb_listener" "http" {
  #checkov:skip=CKV_AWS_2:with a certificate this listener only redirects to HTTPS, and production is refused without one
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = local.https ? "redirect" : local.default_service != null ? "forward" : "fixed-response"
    target_group_arn = local.https ? null : local.default_target_group_arn

    dynamic "redirect" {
      for_each = local.https ? ["https"] : []

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }

    dynamic "fixed_response" {
      for_each = !local.https && local.default_service == null ? ["404"] : []

      content {
        content_type = "application/json"
        message_body = local.not_found
        status_code  = fixed_response.value
      }
    }
  }

  tags = { Name = "${var.name}-http" }
}

resource "aws_lb_listener" "https" {
  count = local.https ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.ssl_policy
  certificate_arn   = var.certificate_arn

  default_action {
    type             = local.default_service != null ? "forward" : "fixed-response"
    target_group_arn = local.default_target_group_arn

    dynamic "fixed_response" {
      for_each = local.default_service == null ? ["404"] : []

      content {
        content_type = "application/json"
        message_body = local.not_found
        status_code  = fixed_response.value
      }
    }
  }

  tags = { Name = "${var.name}-https" }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.web_acl_arn != null ? 1 : 0

  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}
