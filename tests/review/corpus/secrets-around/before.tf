resource "aws_secretsmanager_secret" "token" {
  name                    = "token-secrets-around"
  recovery_window_in_days = 30
}

resource "aws_ssm_parameter" "dsn" {
  name  = "/secrets-around/dsn"
  type  = "SecureString"
  value = "postgres://app:CANARY-ssm-19be44@db/app"
}
