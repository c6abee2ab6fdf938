resource "aws_security_group" "this" {
  name        = local.full_name
  description = "Tasks of ${local.full_name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = local.full_name }
}

# ---------------------------------------------------------------------------------------------- requests

# A former port stays open until the version that listens on the new one is proven: the old one serves meanwhile.
locals {
  open_ports = toset(var.load_balancer == null ? [] : [for port in concat(local.ports, var.former_ports) : tostring(port)])
}

moved {
  from = aws_vpc_security_group_ingress_rule.load_balancer
  to   = aws_vpc_security_group_ingress_rule.load_balancer["8000"]
}

moved {
  from = aws_vpc_security_group_egress_rule.load_balancer
  to   = aws_vpc_security_group_egress_rule.load_balancer["8000"]
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = local.open_ports

  security_group_id            = aws_security_group.this.id
  description                  = "Requests and health checks from the load balancer"
  referenced_security_group_id = var.load_balancer.security_group_id
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-from-alb" }
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  for_each = local.open_ports

  security_group_id            = var.load_balancer.security_group_id
  description                  = "Requests and health checks to ${var.name}"
  referenced_security_group_id = aws_security_group.this.id
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-from-alb" }
}

# -------------------------------------------------------------------------------------------- to AWS APIs

# ECR and CloudWatch Logs have no prefix list: without interface endpoints they are somewhere on the internet,
# and this rule covers S3 and DynamoDB as well.
resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.network.internet && !local.is_external ? 1 : 0

  security_group_id = aws_security_group.this.id
  description       = "AWS APIs through NAT"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${local.full_name}-to-internet" }
}

resource "aws_vpc_security_group_egress_rule" "gateway" {
  for_each = toset(var.network.internet || local.is_external ? [] : var.table == null && !var.uses_dynamodb ? ["s3"] : ["s3", "dynamodb"])

  security_group_id = aws_security_group.this.id
  description       = each.key == "s3" ? "Image layers from S3" : "The table in DynamoDB"
  prefix_list_id    = var.network.prefix_list_ids[each.key]
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${local.full_name}-to-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = var.network.endpoints != null && !local.is_external ? 1 : 0

  security_group_id            = aws_security_group.this.id
  description                  = "ECR and CloudWatch Logs through interface endpoints"
  referenced_security_group_id = var.network.endpoints.security_group_id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-to-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.network.endpoints != null && !local.is_external ? 1 : 0

  security_group_id            = var.network.endpoints.security_group_id
  description                  = "AWS APIs from ${var.name}"
  referenced_security_group_id = aws_security_group.this.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-to-endpoints" }
}
