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
