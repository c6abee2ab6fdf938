module "cluster" {
  source = "../modules/ecs_cluster"

  name               = local.prefix
  container_insights = var.container_insights
  capacity_provider  = var.capacity_provider
}
