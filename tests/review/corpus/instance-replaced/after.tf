resource "aws_instance" "worker" {
  ami           = "ami-0fedcba9876543210"
  instance_type = "t4g.small"
}
