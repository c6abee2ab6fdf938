output "plan_role_arn" {
  description = "Role of the jobs that plan and detect drift: variable STAGING_PLAN_ROLE_ARN or PRODUCTION_PLAN_ROLE_ARN of the repository."
  value       = aws_iam_role.plan.arn
}

output "apply_role_arns" {
  description = "Environment => role of the jobs that apply to it: variable AWS_APPLY_ROLE_ARN of the environment in GitHub."
  value       = { for name, role in aws_iam_role.apply : name => role.arn }
}

output "permissions_boundary_arn" {
  description = "Permissions boundary that an environment's roles need so that a pipeline can create them: permissions_boundary_arn in its tfvars file."
  value       = aws_iam_policy.boundary.arn
}

output "oidc_provider_arn" {
  description = "GitHub's identity provider in this account, created here or passed in."
  value       = local.oidc_provider
}
