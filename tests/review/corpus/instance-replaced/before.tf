resource "aws_instance" "worker" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t4g.small"
}

resource "aws_ebs_volume" "scratch" {
  availability_zone = "us-east-1a"
  size              = 10
  encrypted         = true
}
