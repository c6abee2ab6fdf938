output "plan_role_arn" {
  description = "Role of the jobs that plan and look for drift: variable STAGING_PLAN_ROLE_ARN or PRODUCTION_PLAN_ROLE_ARN of the repository."
  value       = aws_iam_role.plan.arn
}

output "apply_role_arns" {
  description = "Environment => role of the jobs that apply to it: variable AWS_APPLY_ROLE_ARN of the environment in GitHub."
  value       = { for name, role in aws_iam_role.apply : name => role.arn }
}

output "permissions_boundary_arn" {
  description = "What the roles of an environment must carry to be made by a pipeline: permissions_boundary_arn of its tfvars."
  value       = aws_iam_policy.boundary.arn
}

output "oidc_provider_arn" {
  description = "GitHub's identity provider in this account, made here or given."
  value       = local.oidc_provider
}
