resource "aws_vpc" "this" {
  cidr_block = "10.63.0.0/16"
}

resource "aws_vpc" "other" {
  cidr_block = "10.64.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_vpc_peering_connection" "other" {
  vpc_id      = aws_vpc.this.id
  peer_vpc_id = aws_vpc.other.id
  auto_accept = true
}
