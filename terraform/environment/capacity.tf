# What tasks run on: Fargate, which is always there, and what the environment's file adds.

locals {
  # Its own name, not the module's output: what a service runs on is then known before the instances are there.
  ec2_provider = "${local.prefix}-ec2"

  # As manifests name it: what services run on that name nothing else.
  usual_capacity = { kind = lower(var.capacity_provider), base = 0 }
  capacity       = { for name, service in local.services : name => service.capacity != null ? service.capacity : local.usual_capacity }

  launch_types = { fargate = "FARGATE", fargate_spot = "FARGATE", ec2 = "EC2", external = "EXTERNAL" }

  on_demand = { for name, capacity in local.capacity : name => capacity.kind == "fargate_spot" && capacity.base > 0 ? [{ capacity_provider = "FARGATE", base = capacity.base, weight = 0 }] : [] }
  strategies = {
    for name, capacity in local.capacity : name => concat(
      local.on_demand[name],
      [
        for provider in [{ fargate = "FARGATE", fargate_spot = "FARGATE_SPOT", ec2 = local.ec2_provider, external = "" }[capacity.kind]] :
        { capacity_provider = provider, base = 0, weight = 1 } if provider != ""
      ],
    )
  }

  # An Outpost has instances alone: tasks on Fargate stay in the region.
  networks = {
    for name, capacity in local.capacity : name => merge(module.network, {
      private_subnet_ids = capacity.kind == "ec2" ? local.instance_subnet_ids : module.network.private_subnet_ids
    })
  }
  instance_subnet_ids = var.outpost != null ? module.network.outpost_subnet_ids : module.network.private_subnet_ids

  on_instances = [for name, service in local.services : service if local.capacity[name].kind == "ec2"]
  # Emulators know no instance types.
  largest_task = local.is_emulated || length(local.on_instances) == 0 ? null : { cpu = max(local.on_instances[*].cpu...), memory = max(local.on_instances[*].memory...) }
}

module "capacity" {
  source = "../modules/capacity"
  count  = var.ec2 != null ? 1 : 0

  name             = local.ec2_provider
  account          = local.account
  cluster_name     = local.prefix
  network          = merge(module.network, { private_subnet_ids = local.instance_subnet_ids })
  cpu_architecture = var.cpu_architecture

  instance_types = var.ec2.instance_types
  spot           = var.ec2.spot
  min_size       = var.ec2.min
  max_size       = var.ec2.max
  ami_id         = var.ec2.ami_id
  root_volume    = { gib = var.ec2.disk_gib, type = var.ec2.disk_type }

  largest_task = local.largest_task

  # An emulator cannot destroy a group with protected instances.
  protect_instances = !local.is_emulated

  tags                     = local.tags
  permissions_boundary_arn = var.permissions_boundary_arn
}

# An emulator runs such tasks on its own machine: nothing has to register there, and it has no activations.
module "anywhere" {
  source = "../modules/anywhere"
  count  = var.external != null && !local.is_emulated ? 1 : 0

  name                     = local.prefix
  account                  = local.account
  cluster_name             = module.cluster.name
  registration_limit       = var.external.machines
  expires_at               = var.external.expires_at
  tags                     = local.tags
  permissions_boundary_arn = var.permissions_boundary_arn
}

check "capacity" {
  assert {
    condition     = var.ec2 != null || length(local.on_instances) == 0
    error_message = "A service has the capacity ec2, and the environment's file has no ec2 = {...}: its tasks would have no capacity provider."
  }

  assert {
    condition     = length(setsubtract(var.moving, keys(local.services))) == 0
    error_message = "var.moving names what is no service: ${join(", ", setsubtract(var.moving, keys(local.services)))}."
  }
}
