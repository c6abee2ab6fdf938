resource "aws_vpc" "this" {
  cidr_block = "10.61.0.0/16"
}

resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.61.1.0/24"
}

resource "aws_eip" "mail" {
  domain = "vpc"
}
