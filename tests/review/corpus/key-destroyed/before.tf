resource "aws_kms_key" "data" {
  description             = "Data of key-destroyed"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}
