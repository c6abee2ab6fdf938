# What the role that plans writes: images that nothing runs, the state's lock while it plans, and what it planned. It
# makes no repository and changes no resource, no state and no release.
#
# A pull request's own code has this role, so nothing that it writes is believed by an apply: a plan is made anew and
# compared, and an image under the right tag may have anything in it. Which image is deployed stands below built/ in the
# state bucket, and that is not written from here.

locals {
  login = {
    Sid      = "Login"
    Effect   = "Allow"
    Action   = "ecr:GetAuthorizationToken"
    Resource = "*"
  }
  push = {
    Sid      = "Push"
    Effect   = "Allow"
    Action   = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    Resource = local.repositories
  }
}

resource "aws_iam_policy" "plan" {
  name        = "${var.project}-pipeline-plan"
  description = "Push images, lock states, keep reviewed plans"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.login,
      local.push,
      {
        Sid      = "Lock"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:PutObject"]
        Resource = [for name in var.environments : "${local.state_bucket}/${name}/terraform.tfstate.tflock"]
      },
      {
        Sid    = "Keep"
        Effect = "Allow"
        Action = "s3:PutObject"
        Resource = concat(
          ["${local.state_bucket}/images/*"],
          [for name in var.environments : "${local.state_bucket}/${name}/bundles/*"],
        )
      },
    ]
  })

  tags = { Name = "${var.project}-pipeline-plan" }
}
