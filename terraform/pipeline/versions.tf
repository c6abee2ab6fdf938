terraform {
  required_version = ">= 1.10" # use_lockfile

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # Bucket, key and region are given to terraform init with -backend-config.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
