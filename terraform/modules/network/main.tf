# VPC with a public and a private subnet in each zone. Load balancers and NAT gateways live in the public
# ones, tasks in the private ones, without public addresses.

locals {
  zones = { for index, zone in var.availability_zones : zone => index }
  nat_zones = {
    nat_per_zone = local.zones
    nat_single   = { (var.availability_zones[0]) = 0 }
    endpoints    = {}
  }[var.egress]
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
  # Only the private names of interface endpoints need it. Where there are none, leaving AWS's default saves
  # the ten seconds that the provider waits after the change.
  enable_dns_hostnames = var.egress == "endpoints"

  tags = { Name = var.name }
}

# Adopted to take its rules away: what names no security group of its own reaches nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default-closed" }
}

# ------------------------------------------------------------------------------------------------ public

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 8, 240 + each.value)

  tags = { Name = "${var.name}-public-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = local.zones

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

# ----------------------------------------------------------------------------------------------- private

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 4, each.value)

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}
