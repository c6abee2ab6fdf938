# What an instance reaches: AWS's APIs. Tasks have network interfaces and security groups of their own; nothing reaches the
# instance itself.

resource "aws_security_group" "this" {
  name        = "${var.name}-instances"
  description = "Container instances of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-instances" }
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.network.internet ? 1 : 0

  security_group_id = aws_security_group.this.id
  description       = "AWS APIs through NAT"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${var.name}-instances-to-internet" }
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  count = var.network.internet ? 0 : 1

  security_group_id = aws_security_group.this.id
  description       = "Image layers from S3"
  prefix_list_id    = var.network.prefix_list_ids["s3"]
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${var.name}-instances-to-s3" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = var.network.endpoints != null ? 1 : 0

  security_group_id            = aws_security_group.this.id
  description                  = "ECS and ECR through interface endpoints"
  referenced_security_group_id = var.network.endpoints.security_group_id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name}-instances-to-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.network.endpoints != null ? 1 : 0

  security_group_id            = var.network.endpoints.security_group_id
  description                  = "AWS APIs from container instances"
  referenced_security_group_id = aws_security_group.this.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name}-instances-to-endpoints" }
}
