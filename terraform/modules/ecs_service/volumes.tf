# EFS file systems: who may mount them, and the way to their mount targets.

locals {
  file_systems = { for name, volume in var.volumes : name => volume if volume.file_system != null }
  # One pair of rules for a group, however many file systems are behind it.
  file_system_groups = toset([for volume in values(local.file_systems) : volume.file_system_security_group])

  efs_arn = "arn:${var.account.partition}:elasticfilesystem:${local.arn_end}"
}

resource "aws_iam_role_policy" "file_systems" {
  count = length(local.file_systems) > 0 ? 1 : 0

  name = "file-systems"
  role = aws_iam_role.task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, volume in local.file_systems : merge(
        {
          Effect   = "Allow"
          Action   = concat(["elasticfilesystem:ClientMount"], volume.read_only ? [] : ["elasticfilesystem:ClientWrite"])
          Resource = "${local.efs_arn}:file-system/${volume.file_system}"
        },
        {
          for key, value in { Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = "${local.efs_arn}:access-point/${coalesce(volume.access_point, "none")}" } } } :
          key => value if volume.access_point != null
        },
      )
    ]
  })
}

resource "aws_vpc_security_group_egress_rule" "file_system" {
  for_each = local.file_system_groups

  security_group_id            = aws_security_group.this.id
  description                  = "NFS to the mount targets of EFS"
  referenced_security_group_id = each.key
  from_port                    = 2049
  to_port                      = 2049
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-to-efs" }
}

resource "aws_vpc_security_group_ingress_rule" "file_system" {
  for_each = local.file_system_groups

  security_group_id            = each.key
  description                  = "NFS from ${var.name}"
  referenced_security_group_id = aws_security_group.this.id
  from_port                    = 2049
  to_port                      = 2049
  ip_protocol                  = "tcp"

  tags = { Name = "${local.full_name}-to-efs" }
}
