module "cluster" {
  source = "../modules/ecs_cluster"

  name                   = local.prefix
  container_insights     = var.container_insights
  own_capacity_providers = module.capacity[*].capacity_provider
  capacity_provider      = var.capacity_provider == "EC2" ? local.ec2_provider : var.capacity_provider
}
