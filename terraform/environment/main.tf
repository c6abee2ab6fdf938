# One environment: everything but the image repositories. network.tf, encryption.tf, storage.tf, cluster.tf, capacity.tf,
# load_balancer.tf and services.tf each hold what their name says; timing.tf the numbers of a rolling deploy.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

data "aws_partition" "current" {}

locals {
  prefix = "${var.project}-${var.environment}"

  tags = merge(var.tags, {
    Project     = var.project
    Environment = var.environment
    ManagedBy   = "terraform"
  })

  # AWS gives the number of zeros to nobody.
  is_emulated = var.environment == "local" || var.account_id == "000000000000"

  account = {
    id        = var.account_id
    region    = var.region
    partition = data.aws_partition.current.partition
  }
}
