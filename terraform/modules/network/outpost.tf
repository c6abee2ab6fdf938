# A subnet on an Outpost, for its load balancer, container instances and tasks. It has its zone's route out, which leads over
# the link to the region, and a route to the local network.

resource "aws_subnet" "outpost" {
  count = var.outpost != null ? 1 : 0

  vpc_id            = aws_vpc.this.id
  availability_zone = var.outpost.availability_zone
  cidr_block        = cidrsubnet(var.cidr, 4, 14)
  outpost_arn       = var.outpost.arn

  tags = { Name = "${var.name}-outpost" }
}

resource "aws_route_table" "outpost" {
  count = var.outpost != null ? 1 : 0

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-outpost" }
}

resource "aws_route_table_association" "outpost" {
  count = var.outpost != null ? 1 : 0

  subnet_id      = aws_subnet.outpost[0].id
  route_table_id = aws_route_table.outpost[0].id
}

resource "aws_route" "outpost_nat" {
  count = var.outpost != null && length(local.nat_zones) > 0 ? 1 : 0

  route_table_id         = aws_route_table.outpost[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.egress == "nat_single" ? var.availability_zones[0] : var.outpost.availability_zone].id
}

resource "aws_ec2_local_gateway_route_table_vpc_association" "this" {
  count = try(var.outpost.local_network, null) != null ? 1 : 0

  local_gateway_route_table_id = var.outpost.local_network.route_table_id
  vpc_id                       = aws_vpc.this.id

  tags = { Name = "${var.name}-outpost" }
}

resource "aws_route" "local_network" {
  count = try(var.outpost.local_network, null) != null ? 1 : 0

  route_table_id         = aws_route_table.outpost[0].id
  destination_cidr_block = var.outpost.local_network.cidr
  local_gateway_id       = var.outpost.local_network.gateway_id

  depends_on = [aws_ec2_local_gateway_route_table_vpc_association.this]
}
