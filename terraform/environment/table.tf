module "table" {
  source = "../modules/dynamodb"

  name                = "${local.prefix}-stories"
  kms_key_arn         = aws_kms_key.this.arn
  deletion_protection = var.deletion_protection
  holds               = "stories"
}
