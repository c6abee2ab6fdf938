resource "aws_security_group" "bastion" {
  name        = "bastion-ssh-world"
  description = "Bastion"
}
