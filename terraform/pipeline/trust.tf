# Who may take the roles: jobs of this one repository, told by the subject of GitHub's token. Repositories that are new
# or have opted in put their ids into it, so both forms are named, each exactly: a wildcard would let other repositories,
# branches or environments in.

resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = "github-actions" }
}

locals {
  oidc_provider = coalesce(var.oidc_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))

  repository = split("/", var.github.repository)
  subjects = [
    "repo:${var.github.repository}",
    "repo:${local.repository[0]}@${var.github.owner_id}/${local.repository[1]}@${var.github.repository_id}",
  ]

  # Pull requests of forks get no token that this could fit. Drift is looked for from the main branch.
  trust_plan = templatefile("${path.module}/trust.json.tftpl", {
    provider = local.oidc_provider
    subjects = flatten([for subject in local.subjects : ["${subject}:pull_request", "${subject}:ref:refs/heads/${var.github.branch}"]])
  })

  # Only a job with this `environment:`, whose protection rules (who approves, which branches) are set in GitHub.
  trust_apply = {
    for name in var.environments : name => templatefile("${path.module}/trust.json.tftpl", {
      provider = local.oidc_provider
      subjects = [for subject in local.subjects : "${subject}:environment:${name}"]
    })
  }
}
