resource "aws_ssm_parameter" "dsn" {
  name  = "/secrets-around/dsn"
  type  = "SecureString"
  value = "postgres://app:CANARY-ssm-83fa02@db/app"
}

resource "aws_ecs_task_definition" "app" {
  family = "app-secrets-around"
  container_definitions = jsonencode([{
    name      = "app"
    image     = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"
    memory    = 256
    essential = true
    secrets   = [{ name = "DSN", valueFrom = "arn:aws:ssm:us-east-1:111122223333:parameter/secrets-around/dsn" }]
    environment = [
      { name = "AWS_SECRET_ACCESS_KEY", value = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz" },
      { name = "TOKENIZER", value = "english" },
    ]
  }])
}
