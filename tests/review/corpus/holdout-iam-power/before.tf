resource "aws_iam_role" "ci" {
  name = "ci-iam-power"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "ci" {
  name = "ci-iam-power"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Build", Effect = "Allow", Action = ["ecr:PutImage", "ecr:UploadLayerPart"], Resource = "arn:aws:ecr:us-east-1:111122223333:repository/shop" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "ci" {
  role       = aws_iam_role.ci.name
  policy_arn = aws_iam_policy.ci.arn
}

resource "aws_iam_policy" "operators" {
  name = "operators-iam-power"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Operate"
      Effect   = "Allow"
      Action   = ["ecs:Describe*", "ecs:UpdateService"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role" "release" {
  name = "release-iam-power"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = "repo:acme/shop:ref:refs/heads/main" }
      }
    }]
  })
}
