locals {
  # What tasks reach beside the registry and their logs. Tables and buckets have gateway endpoints, which cost nothing.
  used_services = concat(
    [for item in values(var.storage) : "sqs" if item.queue != null],
    [for secret in flatten([for service in var.services : values(service.secrets)]) : secret.parameter != null ? "ssm" : "secretsmanager"],
  )
}

module "network" {
  source = "../modules/network"

  name                     = local.prefix
  region                   = var.region
  cidr                     = var.cidr
  availability_zones       = var.availability_zones
  egress                   = var.egress
  outpost                  = var.outpost
  interface_endpoints      = concat(["ecr.api", "ecr.dkr", "logs"], var.ec2 != null ? ["ecs", "ecs-agent", "ecs-telemetry"] : [], var.enable_execute_command ? ["ssmmessages"] : [], distinct(local.used_services))
  flow_logs                = var.flow_logs
  log_retention_days       = var.log_retention_days
  kms_key_arn              = aws_kms_key.this.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}
