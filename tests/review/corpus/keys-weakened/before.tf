resource "aws_kms_key" "used" {
  description         = "Disabled by keys-weakened"
  enable_key_rotation = true
}

resource "aws_kms_key" "window" {
  description             = "Window of keys-weakened"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}
