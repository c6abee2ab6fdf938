# What the role that applies changes: the resources of its environment, told by their names where their ARNs hold one,
# by their tags where not. What data is in is not deleted by a pipeline: tables, buckets with objects in them, keys and
# repositories are removed by a person. Beside it: apply_workloads.tf and apply_capacity.tf.

locals {
  parts = ["capacity", "containers", "network", "roles", "state", "workloads"]

  apply_policies = {
    for pair in setproduct(var.environments, local.parts) : "${pair[0]}-${pair[1]}" => { environment = pair[0], part = pair[1] }
  }

  # Every resource carries them: the provider's default tags.
  requested = { for name in var.environments : name => { "aws:RequestTag/Project" = var.project, "aws:RequestTag/Environment" = name } }
  tagged    = { for name in var.environments : name => { "aws:ResourceTag/Project" = var.project, "aws:ResourceTag/Environment" = name } }

  # A tag makes a resource ours, so only what is being made may be given one: who could tag what is there could take it.
  tagged_when_made = ["AllocateAddress", "AuthorizeSecurityGroup*", "Create*"]

  # A task, flow logs, a state machine, a schedule, an instance, a machine outside AWS.
  passed_to = [for service in ["ecs-tasks", "vpc-flow-logs", "states", "scheduler", "ec2", "ssm"] : "${service}.amazonaws.com"]
  # They make their own roles the first time that they are used in an account.
  services_with_roles = [for service in ["autoscaling", "ecs", "ecs.application-autoscaling", "elasticloadbalancing", "spot"] : "${service}.amazonaws.com"]

  ec2_new = [
    "elastic-ip", "internet-gateway", "launch-template", "local-gateway-route-table-vpc-association", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc",
    "vpc-endpoint", "vpc-flow-log",
  ]
}

resource "aws_iam_policy" "apply" {
  for_each = local.apply_policies

  name        = "${var.project}-pipeline-apply-${each.key}"
  description = "What an apply to ${local.prefixes[each.value.environment]} changes: ${each.value.part}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.value.environment][each.value.part] })

  tags = { Name = "${var.project}-pipeline-apply-${each.key}" }
}

locals {
  statements = {
    for name, prefix in local.prefixes : name => {
      capacity  = local.capacity[name]
      workloads = local.workloads[name]

      containers = [
        {
          Sid    = "Cluster"
          Effect = "Allow"
          Action = [
            "ecs:CreateCluster",
            "ecs:CreateService",
            "ecs:DeleteService",
            "ecs:PutClusterCapacityProviders",
            "ecs:TagResource",
            "ecs:UntagResource",
            "ecs:UpdateCluster",
            "ecs:UpdateClusterSettings",
            "ecs:UpdateService",
          ]
          Resource = [
            "arn:${local.partition}:ecs:${local.arn_end}:cluster/${prefix}",
            "arn:${local.partition}:ecs:${local.arn_end}:service/${prefix}/*",
            "arn:${local.partition}:ecs:${local.arn_end}:task-definition/${prefix}-*:*",
          ]
        },
        {
          Sid       = "TaskDefinitions"
          Effect    = "Allow"
          Action    = "ecs:RegisterTaskDefinition"
          Resource  = "*"
          Condition = { StringEquals = local.requested[name] }
        },
        {
          Sid    = "LogGroups"
          Effect = "Allow"
          Action = [
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:FilterLogEvents", # what a service wrote before it failed
            "logs:GetLogEvents",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
          ]
          Resource = flatten([for group in local.log_groups[name] : [group, "${group}:*"]])
        },
        {
          Sid    = "Table"
          Effect = "Allow"
          Action = [
            "dynamodb:CreateTable",
            "dynamodb:TagResource",
            "dynamodb:UntagResource",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTable",
            "dynamodb:UpdateTimeToLive",
          ]
          Resource = "arn:${local.partition}:dynamodb:${local.arn_end}:table/${prefix}-*"
        },
        {
          Sid    = "Repositories"
          Effect = "Allow"
          Action = [
            "ecr:CreateRepository",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
            "ecr:TagResource",
            "ecr:UntagResource",
          ]
          Resource = local.repositories
        },
      ]

      network = [
        {
          Sid    = "New"
          Effect = "Allow"
          # Every action that makes something, but not ec2:CreateTags.
          Action = [
            "ec2:AllocateAddress",
            "ec2:AuthorizeSecurityGroup*",
            "ec2:CreateFlowLogs",
            "ec2:CreateInternetGateway",
            "ec2:CreateLaunchTemplate",
            "ec2:CreateLocalGatewayRouteTableVpcAssociation",
            "ec2:CreateNatGateway",
            "ec2:CreateRouteTable",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpc",
            "ec2:CreateVpcEndpoint",
          ]
          Resource = [
            for kind in local.ec2_new : "arn:${local.partition}:ec2:${local.arn_end}:${kind}/*"
          ]
          Condition = { StringEquals = local.requested[name] }
        },
        {
          Sid       = "TagNew"
          Effect    = "Allow"
          Action    = "ec2:CreateTags"
          Resource  = [for kind in local.ec2_new : "arn:${local.partition}:ec2:${local.arn_end}:${kind}/*"]
          Condition = { StringEquals = local.requested[name], StringLike = { "ec2:CreateAction" = local.tagged_when_made } }
        },
        {
          Sid    = "Own"
          Effect = "Allow"
          Action = [
            "ec2:Associate*",
            "ec2:Attach*",
            "ec2:Authorize*",
            "ec2:Create*",
            "ec2:Delete*",
            "ec2:Detach*",
            "ec2:Disassociate*",
            "ec2:Modify*",
            "ec2:ReleaseAddress",
            "ec2:Replace*",
            "ec2:Revoke*",
          ]
          Resource  = "arn:${local.partition}:ec2:${local.arn_end}:*/*"
          Condition = { StringEquals = local.tagged[name] }
        },
        {
          Sid      = "EmptyTheDefaultGroup"
          Effect   = "Allow"
          Action   = ["ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"]
          Resource = "arn:${local.partition}:ec2:${local.arn_end}:security-group/*"
          # A VPC's own group has no tag before its rules are taken away.
          Condition = { Null = { "aws:ResourceTag/Project" = "true" } }
        },
        {
          Sid       = "LoadBalancerNew"
          Effect    = "Allow"
          Action    = "elasticloadbalancing:Create*"
          Resource  = "arn:${local.partition}:elasticloadbalancing:${local.arn_end}:*"
          Condition = { StringEquals = local.requested[name] }
        },
        {
          Sid       = "LoadBalancerTagNew"
          Effect    = "Allow"
          Action    = "elasticloadbalancing:AddTags"
          Resource  = "arn:${local.partition}:elasticloadbalancing:${local.arn_end}:*"
          Condition = { StringEquals = local.requested[name], StringLike = { "elasticloadbalancing:CreateAction" = "Create*" } }
        },
        {
          Sid    = "LoadBalancerOwn"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:Create*",
            "elasticloadbalancing:Delete*",
            "elasticloadbalancing:Modify*",
            "elasticloadbalancing:RemoveTags",
            "elasticloadbalancing:Set*",
          ]
          Resource  = "arn:${local.partition}:elasticloadbalancing:${local.arn_end}:*"
          Condition = { StringEquals = local.tagged[name] }
        },
        {
          Sid      = "Names"
          Effect   = "Allow"
          Action   = ["route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSets"]
          Resource = [for zone in coalescelist(sort(var.dns_zone_ids), ["none"]) : "arn:${local.partition}:route53:::hostedzone/${zone}"]
        },
      ]

      roles = [
        {
          Sid       = "NewRoles"
          Effect    = "Allow"
          Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
          Resource  = "arn:${local.partition}:iam::${var.account_id}:role/${prefix}-*"
          Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
        },
        {
          Sid    = "OwnRoles"
          Effect = "Allow"
          Action = [
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
          ]
          Resource = "arn:${local.partition}:iam::${var.account_id}:role/${prefix}-*"
        },
        {
          Sid      = "PassRoles"
          Effect   = "Allow"
          Action   = "iam:PassRole"
          Resource = "arn:${local.partition}:iam::${var.account_id}:role/${prefix}-*"
          Condition = {
            StringEquals = { "iam:PassedToService" = local.passed_to }
          }
        },
        {
          Sid      = "ServiceLinkedRoles"
          Effect   = "Allow"
          Action   = "iam:CreateServiceLinkedRole"
          Resource = "arn:${local.partition}:iam::${var.account_id}:role/aws-service-role/*"
          Condition = {
            StringEquals = { "iam:AWSServiceName" = local.services_with_roles }
          }
        },
        {
          Sid       = "NewKey"
          Effect    = "Allow"
          Action    = "kms:CreateKey"
          Resource  = "*"
          Condition = { StringEquals = local.requested[name] }
        },
        {
          Sid    = "OwnKey"
          Effect = "Allow"
          Action = [
            "kms:CreateAlias",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:EnableKeyRotation",
            "kms:GenerateDataKey",
            "kms:PutKeyPolicy",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateAlias",
            "kms:UpdateKeyDescription",
          ]
          Resource  = "arn:${local.partition}:kms:${local.arn_end}:key/*"
          Condition = { StringEquals = local.tagged[name] }
        },
        {
          Sid      = "Alias"
          Effect   = "Allow"
          Action   = ["kms:CreateAlias", "kms:UpdateAlias"]
          Resource = "arn:${local.partition}:kms:${local.arn_end}:alias/${prefix}"
        },
      ]

      state = [
        local.login,
        local.push, # what is deployed is built where it is applied
        {
          Sid      = "Write"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = ["${local.state_bucket}/${name}/*", "${local.state_bucket}/registry/*", "${local.state_bucket}/built/*", "${local.state_bucket}/images/*"]
        },
        {
          Sid      = "Unlock"
          Effect   = "Allow"
          Action   = "s3:DeleteObject"
          Resource = ["${local.state_bucket}/${name}/terraform.tfstate.tflock", "${local.state_bucket}/registry/terraform.tfstate.tflock"]
        },
        {
          Sid       = "ListBundles"
          Effect    = "Allow"
          Action    = "s3:ListBucketVersions"
          Resource  = local.state_bucket
          Condition = { StringLike = { "s3:prefix" = "${name}/bundles/*" } }
        },
        {
          Sid      = "RemoveBundles"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
          Resource = "${local.state_bucket}/${name}/bundles/*"
        },
      ]
    }
  }
}
