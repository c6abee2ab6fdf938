resource "aws_vpc" "this" {
  cidr_block = "10.62.0.0/16"
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = "10.62.1.0/24"
  map_public_ip_on_launch = true
}
