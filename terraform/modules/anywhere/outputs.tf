output "activation" {
  description = "What a machine registers with: region, cluster, id and code of the activation, and when it expires."
  value = {
    region     = var.account.region
    cluster    = var.cluster_name
    id         = aws_ssm_activation.this.id
    code       = aws_ssm_activation.this.activation_code
    expires_at = var.expires_at
  }
  sensitive = true
}

output "role_arn" {
  description = "Role that registered machines have."
  value       = aws_iam_role.this.arn
}
