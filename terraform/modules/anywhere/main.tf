# Machines of one's own in the cluster (ECS Anywhere): the role that they take, and a code by which they register.

locals {
  cluster_arn = "arn:${var.account.partition}:ecs:${var.account.region}:${var.account.id}:cluster/${var.cluster_name}"

  # What the two agents on a machine need: those policies of AWS for it, without the rights to make clusters, to pull images,
  # to write logs (which tasks do by their execution role) and to read parameters.
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere-iam.html
  agents = [
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
      Resource  = "${replace(local.cluster_arn, ":cluster/", ":container-instance/")}/*"
      Condition = { ArnEquals = { "ecs:cluster" = local.cluster_arn } }
    },
    {
      Sid    = "BeManaged"
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

resource "aws_iam_role" "this" {
  name                 = "${var.name}-anywhere"
  description          = "Lets machines outside of AWS serve the cluster ${var.cluster_name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ssm.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.account.partition}:ssm:${var.account.region}:${var.account.id}:*" }
      }
    }]
  })

  tags = { Name = "${var.name}-anywhere" }
}

resource "aws_iam_role_policy" "this" {
  name = "agents"
  role = aws_iam_role.this.id

  policy = jsonencode({ Version = "2012-10-17", Statement = local.agents })
}

# Its code is in the state, as all of a resource is: whoever reads the state could register a machine until it expires.
resource "aws_ssm_activation" "this" {
  name               = var.name
  description        = "Machines for the cluster ${var.cluster_name}"
  iam_role           = aws_iam_role.this.id
  registration_limit = var.registration_limit
  expiration_date    = var.expires_at

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_iam_role_policy.this]
}
