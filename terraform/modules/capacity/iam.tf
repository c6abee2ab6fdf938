# What the agent on an instance needs: AWS's policy AmazonEC2ContainerServiceforEC2Role, without the right to make clusters,
# to pull images and to write logs. Those two are done with the task's own execution role.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html

locals {
  ecs_start   = "arn:${var.account.partition}:ecs:${var.account.region}:${var.account.id}"
  cluster_arn = "${local.ecs_start}:cluster/${var.cluster_name}"
  in_cluster  = { ArnEquals = { "ecs:cluster" = local.cluster_arn } }

  agent = [
    {
      Sid      = "FindECS"
      Effect   = "Allow"
      Action   = ["ecs:DiscoverPollEndpoint"]
      Resource = "*" # the action knows no resources
    },
    {
      Sid      = "Register"
      Effect   = "Allow"
      Action   = ["ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"]
      Resource = local.cluster_arn
    },
    {
      Sid       = "BeGivenTasks"
      Effect    = "Allow"
      Action    = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
      Resource  = "${local.ecs_start}:container-instance/${var.cluster_name}/*"
      Condition = local.in_cluster
    },
  ]

  # What a shell by Session Manager needs, without the right to read parameters that AWS's policy has.
  session_manager = [
    {
      Sid    = "SessionManager"
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = "*" # the actions know no resources
    },
  ]
}

resource "aws_iam_role" "instance" {
  name                 = "${var.name}-instance"
  description          = "Lets container instances of ${var.name} serve the cluster ${var.cluster_name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })

  tags = { Name = "${var.name}-instance" }
}

resource "aws_iam_role_policy" "instance" {
  name = "agent"
  role = aws_iam_role.instance.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.agent, var.session_manager ? local.session_manager : [])
  })
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name}-instance"
  role = aws_iam_role.instance.name

  tags = { Name = "${var.name}-instance" }
}
