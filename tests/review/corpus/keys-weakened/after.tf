resource "aws_kms_key" "used" {
  description         = "Disabled by keys-weakened"
  enable_key_rotation = true
  is_enabled          = false
}

resource "aws_kms_key" "window" {
  description             = "Window of keys-weakened"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_grant" "vendor" {
  name              = "vendor"
  key_id            = aws_kms_key.window.key_id
  grantee_principal = "arn:aws:iam::999988887777:role/vendor"
  operations        = ["Decrypt"]
}
