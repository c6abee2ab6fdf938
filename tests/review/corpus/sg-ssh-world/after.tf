resource "aws_security_group" "bastion" {
  name        = "bastion-ssh-world"
  description = "Bastion"
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.bastion.id
  description       = "SSH from anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 22
  to_port           = 22
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "office" {
  security_group_id = aws_security_group.bastion.id
  description       = "SSH from the office"
  cidr_ipv4         = "192.0.2.0/28"
  from_port         = 22
  to_port           = 22
  ip_protocol       = "tcp"
}
