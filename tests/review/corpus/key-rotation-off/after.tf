resource "aws_kms_key" "data" {
  description             = "Data of rotation-off"
  enable_key_rotation     = false
  deletion_window_in_days = 30
}
