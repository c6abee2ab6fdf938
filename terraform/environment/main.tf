# One environment: everything but the image repositories. network.tf, encryption.tf, table.tf, cluster.tf,
# load_balancer.tf and services.tf each hold what their name says; timing.tf the numbers of a rolling deploy.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = merge(var.tags, {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}

data "aws_partition" "current" {}

locals {
  prefix = "${var.project}-${var.environment}"

  # AWS gives the number of zeros to nobody.
  is_emulated = var.environment == "local" || var.account_id == "000000000000"

  account = {
    id        = var.account_id
    region    = var.region
    partition = data.aws_partition.current.partition
  }
}
