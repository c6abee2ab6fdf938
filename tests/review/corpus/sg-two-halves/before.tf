resource "aws_security_group" "app" {
  name        = "app-two-halves"
  description = "App"
}
