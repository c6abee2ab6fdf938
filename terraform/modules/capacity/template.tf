# What an instance is.

locals {
  is_mixed = length(var.instance_types) > 1 || var.spot

  architectures = { X86_64 = "x86_64", ARM64 = "arm64" }
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
  ami_parameter = "/aws/service/ecs/optimized-ami/amazon-linux-2023/${var.cpu_architecture == "ARM64" ? "arm64/" : ""}recommended/image_id"
}

# The newest one at the time of the plan: a plan shows a new AMI, and its apply replaces the instances.
data "aws_ssm_parameter" "ami" {
  count = var.ami_id == null ? 1 : 0

  name = local.ami_parameter
}

# Asked only where it is known how large tasks are.
data "aws_ec2_instance_type" "this" {
  for_each = toset(var.largest_task == null ? [] : var.instance_types)

  instance_type = each.key
}

resource "aws_launch_template" "this" {
  name                   = var.name
  description            = "Container instances of ${var.name}"
  image_id               = var.ami_id == null ? data.aws_ssm_parameter.ami[0].insecure_value : var.ami_id
  instance_type          = var.instance_types[0]
  update_default_version = true
  ebs_optimized          = true

  user_data = base64encode(<<-END
    #!/bin/sh
    cat >> /etc/ecs/ecs.config <<'CONFIG'
    ECS_CLUSTER=${var.cluster_name}
    ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_ENABLE_TASK_IAM_ROLE=true
    CONFIG
  END
  )

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  # One hop: what runs in a container's own network does not get the instance's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.this.id]
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = var.root_volume.type
      volume_size           = var.root_volume.gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  # The provider's default tags reach the template, but not what is made by it.
  dynamic "tag_specifications" {
    for_each = toset(["instance", "network-interface", "volume"])

    content {
      resource_type = tag_specifications.key
      tags          = merge(var.tags, { Name = var.name })
    }
  }

  tags = { Name = var.name }
}
