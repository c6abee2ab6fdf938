# What the role that plans writes: images that nothing runs yet, the state's lock while it plans, and what it planned.
# It makes no repository and changes no resource, no state and no release. Tags of images are immutable.

resource "aws_iam_policy" "plan" {
  name        = "${var.project}-pipeline-plan"
  description = "Push images, lock states, keep reviewed plans"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Login"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "Push"
        Effect   = "Allow"
        Action   = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
        Resource = local.repositories
      },
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
