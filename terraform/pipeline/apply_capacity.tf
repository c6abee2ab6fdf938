# Instances of one's own, machines outside AWS and Outposts.

locals {
  launched = ["instance", "network-interface", "volume"]

  capacity = {
    for name, prefix in local.prefixes : name => [
      {
        # It knows no resources, as registering a task definition.
        Sid       = "CapacityProviderNew"
        Effect    = "Allow"
        Action    = "ecs:CreateCapacityProvider"
        Resource  = "*"
        Condition = { StringEquals = local.requested[name] }
      },
      {
        Sid      = "CapacityProvider"
        Effect   = "Allow"
        Action   = ["ecs:DeleteCapacityProvider", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCapacityProvider"]
        Resource = "arn:${local.partition}:ecs:${local.arn_end}:capacity-provider/${prefix}-*"
      },
      {
        Sid    = "AutoScalingGroup"
        Effect = "Allow"
        Action = [
          "autoscaling:CancelInstanceRefresh",
          "autoscaling:CreateAutoScalingGroup",
          "autoscaling:CreateOrUpdateTags",
          "autoscaling:DeleteAutoScalingGroup",
          "autoscaling:DeleteTags",
          "autoscaling:SetInstanceProtection",
          "autoscaling:StartInstanceRefresh",
          "autoscaling:UpdateAutoScalingGroup",
        ]
        Resource = "arn:${local.partition}:autoscaling:${local.arn_end}:autoScalingGroup:*:autoScalingGroupName/${prefix}-*"
      },
      {
        Sid    = "InstanceProfile"
        Effect = "Allow"
        Action = [
          "iam:AddRoleToInstanceProfile",
          "iam:CreateInstanceProfile",
          "iam:DeleteInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile",
          "iam:TagInstanceProfile",
          "iam:UntagInstanceProfile",
        ]
        Resource = local.named[name].instance_profiles
      },
      # A group is given a template only by who could start its instances: from the environment's own template, in its own
      # network, with its own tags.
      {
        Sid       = "LaunchWith"
        Effect    = "Allow"
        Action    = "ec2:RunInstances"
        Resource  = [for kind in ["launch-template", "security-group", "subnet"] : "arn:${local.partition}:ec2:${local.arn_end}:${kind}/*"]
        Condition = { StringEquals = local.tagged[name] }
      },
      {
        Sid       = "Launch"
        Effect    = "Allow"
        Action    = "ec2:RunInstances"
        Resource  = [for kind in local.launched : "arn:${local.partition}:ec2:${local.arn_end}:${kind}/*"]
        Condition = { StringEquals = local.requested[name] }
      },
      {
        Sid      = "LaunchImage"
        Effect   = "Allow"
        Action   = "ec2:RunInstances"
        Resource = "arn:${local.partition}:ec2:${var.region}::image/*"
      },
      {
        Sid       = "TagLaunched"
        Effect    = "Allow"
        Action    = "ec2:CreateTags"
        Resource  = [for kind in local.launched : "arn:${local.partition}:ec2:${local.arn_end}:${kind}/*"]
        Condition = { StringEquals = merge(local.requested[name], { "ec2:CreateAction" = "RunInstances" }) }
      },
      {
        # It knows no resources; who takes the role that it is made with, the role says.
        Sid       = "ActivationNew"
        Effect    = "Allow"
        Action    = "ssm:CreateActivation"
        Resource  = "*"
        Condition = { StringEquals = local.requested[name] }
      },
      {
        # Neither resources nor conditions: of another activation only the code is lost, not the machines.
        Sid      = "Activation"
        Effect   = "Allow"
        Action   = "ssm:DeleteActivation"
        Resource = "*"
      },
      {
        # The route table is the Outpost's, and has tags of its own; the VPC and the association are the environment's.
        Sid      = "LocalGateway"
        Effect   = "Allow"
        Action   = "ec2:CreateLocalGatewayRouteTableVpcAssociation"
        Resource = "arn:${local.partition}:ec2:${local.arn_end}:local-gateway-route-table/*"
      },
    ]
  }
}
