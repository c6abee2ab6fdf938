# The image repositories: one for each service, once per account, shared by its environments.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      Project   = var.project
      ManagedBy = "terraform"
    }
  }
}

locals {
  services = toset([for file in fileset(var.services_dir, "*/service.yaml") : dirname(file)])
}

module "repository" {
  source   = "../modules/ecr"
  for_each = setunion(local.services, var.keep_repositories)

  name         = "${var.project}/${each.key}"
  force_delete = var.force_delete
}
