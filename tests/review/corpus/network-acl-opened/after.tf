resource "aws_vpc" "this" {
  cidr_block = "10.66.0.0/16"
}

resource "aws_network_acl" "vault" {
  vpc_id = aws_vpc.this.id

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = 443
    to_port    = 443
  }
}
