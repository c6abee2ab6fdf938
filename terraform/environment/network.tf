module "network" {
  source = "../modules/network"

  name                     = local.prefix
  region                   = var.region
  cidr                     = var.cidr
  availability_zones       = var.availability_zones
  egress                   = var.egress
  interface_endpoints      = concat(["ecr.api", "ecr.dkr", "logs"], var.enable_execute_command ? ["ssmmessages"] : [])
  flow_logs                = var.flow_logs
  log_retention_days       = var.log_retention_days
  kms_key_arn              = aws_kms_key.this.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}
